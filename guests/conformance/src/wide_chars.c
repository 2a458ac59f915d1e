// Wide characters, multibyte conversion and the C locale.
#include <langinfo.h>
#include <locale.h>
#include <uchar.h>
#include <wchar.h>
#include <wctype.h>

#include "../common/show.h"

int main(void)
{
    printf("locale %s, codeset %s\n", setlocale(LC_ALL, NULL), nl_langinfo(CODESET));
    printf("unknown locale %s\n", setlocale(LC_ALL, "xx_XX.nowhere") ? "set" : "refused");
    struct lconv *conventions = localeconv();
    printf("point '%s', grouping '%s'\n", conventions->decimal_point, conventions->thousands_sep);
    setlocale(LC_ALL, "C");

    wchar_t wide[64], other[64];
    wcscpy(wide, L"wide characters");
    printf("%zu %d %zu\n", wcslen(wide), wcscmp(wide, L"wide") > 0, sizeof(wchar_t));
    wcscat(wide, L" and more");
    printf("%ls %ld %ld\n", wide, (long)(wcschr(wide, L'c') - wide),
           (long)(wcsstr(wide, L"and") - wide));
    wmemset(other, L'x', 5);
    other[5] = 0;
    printf("%ls %.3ls|%10ls|%-10ls|%lc\n", other, other, other, other, (wint_t)L'y');
    swprintf(other, 64, L"%d %s %ls %5.2f", 42, "narrow", L"wide", 2.5);
    printf("%ls\n", other);
    int number;
    wchar_t word[16];
    printf("%d", swscanf(L"17 seventeen", L"%d %15ls", &number, word));
    printf(" %d %ls\n", number, word);
    wchar_t *end;
    printf("%ld", wcstol(L"123abc", &end, 10));
    printf(" %ls %g\n", end, wcstod(L"0x1.8p3", NULL));

    char bytes[64];
    printf("%zu", wcstombs(bytes, L"to bytes", sizeof bytes));
    printf(" %s\n", bytes);
    printf("%zu", mbstowcs(wide, "to wide", 64));
    printf(" %ls\n", wide);
    mbstate_t state = { 0 };
    printf("%d %d\n", mblen("a", 1), (int)MB_CUR_MAX);
    // In the C locale, bytes above 127 are no characters.
    errno = 0;
    printf("%ld", (long)mbrtowc(&wide[0], "\xC3\xA4", 2, &state));
    printf(" %d\n", errno == EILSEQ);
    memset(&state, 0, sizeof state);
    errno = 0;
    printf("%ld", (long)wcrtomb(bytes, 0x20AC, &state));
    printf(" %d\n", errno == EILSEQ);

    // The UTF-8 locale is built into the library.
    const char *utf8 = setlocale(LC_ALL, "C.UTF-8");
    printf("UTF-8 %s\n", utf8 ? utf8 : "refused");
    printf("codeset %s\n", nl_langinfo(CODESET));
    const char *text = "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z";
    memset(&state, 0, sizeof state);
    for (size_t used; (used = mbrtowc(&wide[0], text, 8, &state)) != 0 && used < 8; text += used)
        printf("%zu U+%04X, ", used, (unsigned)wide[0]);
    printf("%zu\n", wcrtomb(bytes, 0x20AC, &state));
    printf("%ls %d %d\n", L"\u00e4\u20ac", iswalpha(0xE4) != 0, towupper(0xE4) == 0xC4);
    char16_t unit;
    text = "\xF0\x9F\x98\x80";
    memset(&state, 0, sizeof state);
    size_t first = mbrtoc16(&unit, text, 4, &state);
    printf("%zu %04X", first, unit);
    size_t second = mbrtoc16(&unit, text + first, 0, &state);
    printf(" %ld %04X\n", (long)second, unit);
    memset(&state, 0, sizeof state);
    errno = 0;
    printf("%ld", (long)mbrtowc(&wide[0], "\xC3(", 2, &state));
    printf(" %d\n", errno == EILSEQ);
    setlocale(LC_ALL, "C");

    int counts[6] = { 0 };
    for (wint_t c = 0; c < 0x300; c++) {
        counts[0] += iswalpha(c) != 0, counts[1] += iswdigit(c) != 0, counts[2] += iswspace(c) != 0;
        counts[3] += iswupper(c) != 0, counts[4] += towlower(c) != c, counts[5] += iswprint(c) != 0;
    }
    printf("%d %d %d %d %d %d\n", counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]);

    FILE *stream = fopen("wide.test", "w+");
    need(stream != NULL, "fopen");
    printf("orientation %d", fwide(stream, 1) > 0);
    fwprintf(stream, L"line %d\n%ls\n", 1, L"second");
    rewind(stream);
    while (fgetws(wide, 64, stream) != NULL)
        printf(" '%.*ls'", (int)wcslen(wide) - 1, wide);
    printf("\n");
    fclose(stream);
    remove("wide.test");
    return 0;
}
