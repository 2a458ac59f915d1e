// Files and directories, in a directory of their own below the current one.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../common/show.h"

static const char *const HOME = "files.test";

static void write_file(const char *name, const char *text)
{
    int handle = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    need(handle >= 0, name);
    need(write(handle, text, strlen(text)) == (ssize_t)strlen(text), "write");
    close(handle);
}

static void show_file(const char *name)
{
    char text[256];
    int handle = open(name, O_RDONLY);
    if (handle < 0) {
        printf("%s: %s\n", name, strerrorname_np(errno));
        return;
    }
    ssize_t length = read(handle, text, sizeof text);
    printf("%s: '%.*s'\n", name, (int)length, text);
    close(handle);
}

static const char *kind(mode_t mode)
{
    return S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "directory" : S_ISLNK(mode) ? "link"
           : S_ISFIFO(mode) ? "fifo" : S_ISSOCK(mode) ? "socket" : "other";
}

static void show_stat(const char *name)
{
    struct stat status;
    if (lstat(name, &status) != 0)
        printf("%s: %s\n", name, strerrorname_np(errno));
    else if (S_ISREG(status.st_mode))
        printf("%s: file %o, %lld bytes, %lu names\n", name, status.st_mode & 07777,
               (long long)status.st_size, (unsigned long)status.st_nlink);
    else
        printf("%s: %s\n", name, kind(status.st_mode));
}

static int by_name(const void *left, const void *right)
{
    return strcmp(left, right);
}

static void show_directory(const char *name)
{
    char names[64][64];
    int count = 0;
    DIR *directory = opendir(name);
    if (directory == NULL) {
        printf("directory %s: %s\n", name, strerrorname_np(errno));
        return;
    }
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL && count < 64)
        snprintf(names[count++], sizeof names[0], "%s", entry->d_name);
    rewinddir(directory);
    int again = 0;
    while (readdir(directory) != NULL)
        again++;
    closedir(directory);
    qsort(names, (size_t)count, sizeof names[0], by_name);
    printf("directory %s:", name);
    for (int i = 0; i < count; i++)
        printf(" %s", names[i]);
    printf(" (%s)\n", again == count ? "same again" : "DIFFERENT again");
}

static void test_opening(void)
{
    int handle;
    show_call("open missing", open("missing", O_RDONLY));
    show_call("open below a missing directory", open("no/file", O_WRONLY | O_CREAT, 0644));
    show_success("create", (handle = open("a", O_RDWR | O_CREAT | O_EXCL, 0640)) >= 0);
    show_call("create again", open("a", O_RDWR | O_CREAT | O_EXCL, 0640));
    show_stat("a");
    show_call("write", write(handle, "0123456789", 10));
    show_call("seek set", lseek(handle, 3, SEEK_SET));
    show_call("seek current", lseek(handle, 2, SEEK_CUR));
    show_call("seek end", lseek(handle, -1, SEEK_END));
    show_call("seek before the start", lseek(handle, -100, SEEK_CUR));
    show_call("seek badly", lseek(handle, 0, 99));
    char text[32] = "";
    show_call("read the last", read(handle, text, 10));
    show_call("read at the end", read(handle, text, 10));
    show_call("pread", pread(handle, text, 4, 2));
    printf("'%.4s', position %ld\n", text, (long)lseek(handle, 0, SEEK_CUR));
    show_call("pwrite", pwrite(handle, "XY", 2, 4));
    show_call("pwrite before the start", pwrite(handle, "XY", 2, -4));
    show_call("pwrite beyond the end", pwrite(handle, "Z", 1, 20));
    struct stat status;
    show_call("fstat", fstat(handle, &status));
    printf("%lld bytes\n", (long long)status.st_size);
    show_call("pread hole", pread(handle, text, 32, 9));
    printf("hole is zero %d, then %c\n", text[1] == 0 && text[10] == 0, text[11]);
    show_call("ftruncate shorter", ftruncate(handle, 5));
    show_call("ftruncate longer", ftruncate(handle, 8));
    show_call("pread", pread(handle, text, 32, 0));
    printf("'%.5s' zero %d\n", text, text[5] == 0 && text[7] == 0);
    show_call("ftruncate negative", ftruncate(handle, -1));
    struct iovec parts[] = { { "ab", 2 }, { "cde", 3 } };
    lseek(handle, 0, SEEK_SET);
    show_call("writev", writev(handle, parts, 2));
    show_call("pwritev", pwritev(handle, parts, 2, 100));
    char first[3], second[10];
    struct iovec into[] = { { first, 3 }, { second, 10 } };
    show_call("preadv", preadv(handle, into, 2, 99));
    show_call("fsync", fsync(handle));
    show_call("fdatasync", fdatasync(handle));
    close(handle);
    show_call("close again", close(handle));

    show_success("read only", (handle = open("a", O_RDONLY)) >= 0);
    show_call("write to read only", write(handle, "x", 1));
    show_call("ftruncate read only", ftruncate(handle, 1));
    close(handle);
    show_success("write only", (handle = open("a", O_WRONLY)) >= 0);
    show_call("read from write only", read(handle, text, 1));
    close(handle);
    show_call("directory as a file", open(".", O_WRONLY));
    show_call("file as a directory", open("a", O_RDONLY | O_DIRECTORY));
    show_call("through a file", open("a/b", O_RDONLY));
    show_success("directory to read", (handle = open(".", O_RDONLY)) >= 0);
    show_call("read a directory", read(handle, text, 1));
    close(handle);
    char long_name[300];
    memset(long_name, 'n', 299);
    long_name[299] = '\0';
    show_call("name too long", open(long_name, O_RDONLY));
    show_call("empty name", open("", O_RDONLY));

    write_file("b", "first\n");
    int one = open("b", O_WRONLY | O_APPEND), two = open("b", O_WRONLY | O_APPEND);
    lseek(one, 0, SEEK_SET);
    need(write(one, "second\n", 7) == 7 && write(two, "third\n", 6) == 6, "append");
    close(one);
    close(two);
    show_file("b");
    show_call("truncate", truncate("b", 5));
    show_file("b");
    close(open("b", O_WRONLY | O_TRUNC));
    show_stat("b");
}

static void test_duplicates(void)
{
    int handle = open("d", O_RDWR | O_CREAT | O_TRUNC, 0600);
    int copy = dup(handle), other = open("d", O_RDWR);
    need(write(handle, "abcdef", 6) == 6, "write");
    printf("shared position %ld, own position %ld\n", (long)lseek(copy, 0, SEEK_CUR),
           (long)lseek(other, 0, SEEK_CUR));
    show_success("dup2", dup2(handle, 100) == 100);
    show_success("dup2 to itself", dup2(handle, handle) == handle);
    show_call("dup3 to itself", dup3(handle, handle, O_CLOEXEC));
    show_success("dup3", dup3(handle, 101, O_CLOEXEC) == 101);
    printf("close on exec %d %d\n", fcntl(100, F_GETFD), fcntl(101, F_GETFD));
    show_success("F_DUPFD", fcntl(handle, F_DUPFD, 50) == 50);
    show_success("F_DUPFD_CLOEXEC", fcntl(handle, F_DUPFD_CLOEXEC, 50) == 51);
    show_call("F_SETFD", fcntl(50, F_SETFD, FD_CLOEXEC));
    show_call("F_GETFD", fcntl(50, F_GETFD));
    show_call("F_SETFL", fcntl(handle, F_SETFL, O_APPEND));
    printf("flags of the copy %d, of the other %d\n", (fcntl(copy, F_GETFL) & O_APPEND) != 0,
           (fcntl(other, F_GETFL) & O_APPEND) != 0);
    show_call("fcntl closed", fcntl(999, F_GETFL));
    show_call("dup closed", dup(999));
    int closing[] = { handle, copy, other, 100, 101, 50, 51 };
    for (size_t i = 0; i < sizeof closing / sizeof closing[0]; i++)
        show_call("close", close(closing[i]));
}

static void test_names(void)
{
    write_file("x", "content of x");
    write_file("y", "content of y");
    show_call("rename", rename("x", "z"));
    show_stat("x");
    show_call("rename over", rename("z", "y"));
    show_file("y");
    show_call("rename missing", rename("x", "q"));
    show_call("mkdir", mkdir("dir", 0755));
    show_call("mkdir again", mkdir("dir", 0755));
    show_call("mkdir below missing", mkdir("no/dir", 0755));
    show_call("mkdir below file", mkdir("y/dir", 0755));
    show_call("rename into", rename("y", "dir/y"));
    show_call("rename file over directory", rename("dir/y", "dir"));
    show_call("mkdir sub", mkdir("dir/sub", 0700));
    show_call("rename directory into itself", rename("dir", "dir/sub/dir"));
    show_call("rmdir not empty", rmdir("dir"));
    show_call("rmdir file", rmdir("dir/y"));
    show_call("unlink directory", unlink("dir/sub"));
    show_call("link", link("dir/y", "hard"));
    show_stat("hard");
    show_call("link over", link("dir/y", "hard"));
    show_call("symlink", symlink("dir/y", "soft"));
    show_stat("soft");
    show_file("soft");
    char text[64];
    ssize_t length = readlink("soft", text, sizeof text);
    show_call("readlink", length);
    printf("'%.*s'\n", (int)length, text);
    show_call("readlink short", readlink("soft", text, 3));
    show_call("readlink of a file", readlink("hard", text, sizeof text));
    show_call("symlink over", symlink("a", "soft"));
    show_call("symlink dangling", symlink("nowhere", "dangling"));
    show_call("open dangling", open("dangling", O_RDONLY));
    show_call("open nofollow", open("soft", O_RDONLY | O_NOFOLLOW));
    show_call("symlink loop", symlink("loop2", "loop1"));
    show_call("symlink loop", symlink("loop1", "loop2"));
    show_call("open loop", open("loop1", O_RDONLY));
    show_call("symlink to directory", symlink("dir", "dirlink"));
    show_file("dirlink/y");
    show_file("dirlink/../hard");
    show_file("./dir//sub/.././y");
    int handle = open("hard", O_RDONLY);
    show_call("unlink", unlink("hard"));
    struct stat status;
    fstat(handle, &status);
    printf("names left %lu\n", (unsigned long)status.st_nlink);
    show_call("unlink", unlink("dir/y"));
    show_call("unlink again", unlink("dir/y"));
    fstat(handle, &status);
    show_call("read after unlink", read(handle, text, sizeof text));
    printf("names left %lu\n", (unsigned long)status.st_nlink);
    close(handle);
    show_directory(".");
    show_directory("dir");
    show_directory("a");
    for (int i = 0; i < 30; i++) {
        snprintf(text, sizeof text, "dir/file%02d", i);
        write_file(text, text);
    }
    show_directory("dir");
    for (int i = 0; i < 30; i++) {
        snprintf(text, sizeof text, "dir/file%02d", i);
        need(unlink(text) == 0, "unlink");
    }
    show_directory("dir");
}

static void test_current_directory(void)
{
    char path[512], small[2];
    need(getcwd(path, sizeof path) != NULL, "getcwd");
    printf("in %s\n", strrchr(path, '/') + 1);
    show_call("chdir", chdir("dir/sub"));
    need(getcwd(path, sizeof path) != NULL, "getcwd");
    printf("in %s\n", strstr(path, HOME));
    show_success("getcwd too short", getcwd(small, sizeof small) != NULL);
    int here = open(".", O_RDONLY | O_DIRECTORY);
    show_call("chdir up", chdir("../.."));
    show_call("chdir missing", chdir("missing"));
    show_call("chdir file", chdir("a"));
    int handle = openat(here, "inside", O_CREAT | O_WRONLY, 0600);
    show_success("openat", handle >= 0);
    close(handle);
    show_stat("dir/sub/inside");
    struct stat status;
    show_call("fstatat", fstatat(here, "inside", &status, 0));
    show_call("faccessat", faccessat(here, "inside", R_OK, 0));
    show_call("renameat", renameat(here, "inside", AT_FDCWD, "outside"));
    show_call("mkdirat", mkdirat(here, "deep", 0755));
    show_call("unlinkat directory", unlinkat(here, "deep", AT_REMOVEDIR));
    show_call("openat not a directory", openat(0, "x", O_RDONLY) >= 0 ? 0 : -1);
    show_call("fchdir", fchdir(here));
    show_call("chdir back", chdir("../.."));
    close(here);
    show_call("access", access("outside", F_OK));
    show_call("access missing", access("missing", F_OK));
    show_call("chmod", chmod("outside", 0444));
    show_stat("outside");
    show_call("chmod", chmod("outside", 0600));
    show_call("mkfifo", mkfifo("fifo", 0600));
    show_stat("fifo");
    mode_t old = umask(027);
    umask(old);
    int made = open("masked", O_CREAT | O_WRONLY, 0666);
    umask(077);
    int strict = open("strict", O_CREAT | O_WRONLY, 0666);
    umask(old);
    close(made);
    close(strict);
    show_stat("strict");
}

static void test_times_and_space(void)
{
    struct timespec times[2] = { { 1000000000, 123456789 }, { 1234567890, 987654321 } };
    struct stat status;
    show_call("utimensat", utimensat(AT_FDCWD, "outside", times, 0));
    need(stat("outside", &status) == 0, "stat");
    printf("accessed %lld, changed %lld\n", (long long)status.st_atim.tv_sec,
           (long long)status.st_mtim.tv_sec);
    struct statx extended;
    show_call("statx", statx(AT_FDCWD, "outside", 0, STATX_BASIC_STATS, &extended));
    printf("%s, %llu bytes, changed %lld\n", kind(extended.stx_mode),
           (unsigned long long)extended.stx_size, (long long)extended.stx_mtime.tv_sec);
    int handle = open("outside", O_RDWR);
    show_error("posix_fallocate", posix_fallocate(handle, 0, 10000));
    fstat(handle, &status);
    printf("%lld bytes\n", (long long)status.st_size);
    show_call("flock", flock(handle, LOCK_EX | LOCK_NB));
    show_call("flock", flock(handle, LOCK_UN));
    close(handle);
}

static void test_mapping(void)
{
    int handle = open("mapped", O_RDWR | O_CREAT | O_TRUNC, 0600);
    need(ftruncate(handle, 6000) == 0, "ftruncate");
    char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
    char *private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, handle, 0);
    need(shared != MAP_FAILED && private != MAP_FAILED, "mmap");
    memcpy(shared, "shared", 6);
    memcpy(shared + 4096, "second page", 11);
    char text[16] = "";
    need(pread(handle, text, 6, 0) == 6, "pread");
    printf("file says '%s'\n", text);
    memcpy(private + 100, "private", 7);
    need(pread(handle, text, 7, 100) == 7, "pread");
    printf("private write stays private %d\n", text[0] == 0);
    need(pwrite(handle, "by write", 8, 200) == 8, "pwrite");
    printf("mapping sees '%.8s'\n", shared + 200);
    printf("rest of the last page is zero %d\n", shared[6001] == 0 && shared[8191] == 0);
    show_call("msync", msync(shared, 8192, MS_SYNC));
    close(handle);
    memcpy(shared + 300, "after close", 11);
    handle = open("mapped", O_RDONLY);
    need(pread(handle, text, 11, 300) == 11, "pread");
    printf("'%.11s'\n", text);
    show_success("write mapping of read only",
                 mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, handle, 0) != MAP_FAILED);
    show_success("private mapping of read only",
                 mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, handle, 0) != MAP_FAILED);
    show_success("unaligned offset",
                 mmap(NULL, 4096, PROT_READ, MAP_SHARED, handle, 100) != MAP_FAILED);
    close(handle);
    show_success("closed file", mmap(NULL, 4096, PROT_READ, MAP_SHARED, handle, 0) != MAP_FAILED);
    munmap(shared, 8192);
    munmap(private, 8192);
}

static void test_streams(void)
{
    FILE *stream = fopen("stream", "w+");
    need(stream != NULL, "fopen");
    for (int i = 0; i < 5000; i++)
        fprintf(stream, "line %d\n", i);
    printf("position %ld\n", ftell(stream));
    rewind(stream);
    char line[64];
    int lines = 0;
    while (fgets(line, sizeof line, stream) != NULL)
        lines++;
    printf("lines %d, at the end %d\n", lines, feof(stream) != 0);
    fseek(stream, 10, SEEK_SET);
    fputs("PATCH", stream);
    fseek(stream, 7, SEEK_SET);
    printf("'%s'\n", fgets(line, sizeof line, stream) != NULL ? strtok(line, "\n") : "?");
    ungetc('u', stream);
    int first = fgetc(stream), second = fgetc(stream);
    printf("%c%c\n", first, second);
    need(freopen("stream", "a", stream) != NULL, "freopen");
    fputs("appended", stream);
    fclose(stream);
    show_stat("stream");
    stream = fopen("stream", "r");
    char *text = NULL;
    size_t size = 0;
    lines = 0;
    while (getline(&text, &size, stream) > 0)
        lines++;
    printf("lines %d, last '%s'\n", lines, text);
    free(text);
    fclose(stream);
    show_success("fopen missing", fopen("missing", "r") != NULL);
    show_success("fopen exclusive", fopen("stream", "wx") != NULL);
    char name[] = "tempXXXXXX";
    int handle = mkstemp(name);
    show_success("mkstemp", handle >= 0 && strcmp(name, "tempXXXXXX") != 0);
    close(handle);
    show_call("unlink", unlink(name));
}

int main(void)
{
    umask(022);
    show_call("mkdir", mkdir(HOME, 0755));
    need(chdir(HOME) == 0, "chdir");
    test_opening();
    test_duplicates();
    test_names();
    test_current_directory();
    test_times_and_space();
    test_mapping();
    test_streams();
    show_directory(".");
    show_call("open and close the null device", close(open("/dev/null", O_RDWR)));
    return 0;
}
