// Time of day and calendar, without looking at the real time.
#include <time.h>

#include "../common/show.h"

static void show_time(const char *what, const struct tm *time)
{
    char text[200];
    strftime(text, sizeof text,
             "%a %A %b %B %c|%C %d %D %e %F %g %G %H %I %j %m %M %p %r %R %S %T %u %U %V %w %W %x "
             "%X %y %Y %z %Z %%",
             time);
    printf("%s: %s\n", what, text);
}

int main(void)
{
    static const time_t moments[] = { 0, -1, 951782400, 951868799, 1000000000, 1234567890,
                                      1709208000, 2147483647, 2147483648, 4102444800, -2208988800,
                                      253402300799, 68169600, 1719792000 };
    struct tm broken;
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        gmtime_r(&moments[i], &broken);
        show_time("UTC", &broken);
        printf("  back %d, asctime %s", timegm(&broken) == moments[i], asctime(&broken));
    }
    // Zones given by their rules, as there is no data base of zones.
    static const char *const zones[] = { "UTC0", "CET-1CEST,M3.5.0,M10.5.0/3",
                                         "EST5EDT,M3.2.0,M11.1.0", "<+0545>-5:45",
                                         "AEST-10AEDT,M10.1.0,M4.1.0/3" };
    for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
        setenv("TZ", zones[z], 1);
        tzset();
        for (size_t i = 4; i < sizeof moments / sizeof moments[0]; i++) {
            localtime_r(&moments[i], &broken);
            printf("%s %04d-%02d-%02d %02d:%02d:%02d %d %ld %s back %d\n", zones[z],
                   broken.tm_year + 1900, broken.tm_mon + 1, broken.tm_mday, broken.tm_hour,
                   broken.tm_min, broken.tm_sec, broken.tm_isdst, broken.tm_gmtoff, broken.tm_zone,
                   mktime(&broken) == moments[i]);
        }
    }
    setenv("TZ", "UTC0", 1);
    tzset();
    broken = (struct tm){ .tm_year = 124, .tm_mon = 13, .tm_mday = -5, .tm_hour = 30,
                          .tm_min = -10 };
    printf("normalised %lld\n", (long long)mktime(&broken));
    show_time("normalised", &broken);
    broken = (struct tm){ 0 };
    const char *rest = strptime("2024-02-29 12:34:56 rest", "%Y-%m-%d %H:%M:%S", &broken);
    printf("strptime '%s' %d\n", rest, broken.tm_yday);
    show_time("parsed", &broken);
    printf("difference %g\n", difftime(1000, 250));
    char small[4];
    printf("too small %zu\n", strftime(small, sizeof small, "%Y-%m-%d", &broken));
    return 0;
}
