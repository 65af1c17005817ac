/* Faults of the system, for one process: the Nth call of a kind on a file under a folder fails with
   an errno of choice, and the clock of the day may be wrong. Loaded with LD_PRELOAD; it does nothing
   until it is armed.   cc -shared -fPIC -O2 -o faults.so faults.c -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { CREATE, OPEN, WRITE, SYNC, RENAME, READ, TRUNCATE, MKDIR, UNLINK, MAP, LINK, CLOSE };

static char folder[4096];
static int armed = -1, nth, number, forever, half;
static long met, failed;
static double shift, jumps;

void faults_arm(const char *under, int kind, int at, int code, int again, int halves) {
    strncpy(folder, under, sizeof folder - 1);
    nth = at; number = code; forever = again; half = halves; met = failed = 0; armed = kind;
}
void faults_clock(double seconds, double random_jumps) { shift = seconds; jumps = random_jumps; }
long faults_met(void) { return met; }
long faults_failed(void) { return failed; }

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int under(const char *path) {
    char whole[8192];
    if (!path) return 0;
    if (path[0] != '/') {
        if (!getcwd(whole, 4096)) return 0;
        strcat(whole, "/");
        strncat(whole, path, 4000);
        path = whole;
    }
    return strncmp(path, folder, strlen(folder)) == 0;
}

static int fails(int kind, const char *path, int fd) {
    char link[64], found[4096];
    if (armed != kind) return 0;
    if (!path) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, found, sizeof found - 1);
        if (n < 0) return 0;
        found[n] = 0;
        path = found;
    }
    if (!under(path)) return 0;
    long now = __sync_add_and_fetch(&met, 1);
    if (now < nth || (now > nth && !forever)) return 0;
    __sync_add_and_fetch(&failed, 1);
    errno = number;
    return 1;
}

static int opening(int flags) {
    return (flags & (O_CREAT | O_WRONLY | O_RDWR)) ? CREATE : OPEN;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list a; va_start(a, flags); mode = va_arg(a, int); va_end(a); }

int open(const char *path, int flags, ...) {
    MODE(flags)
    REAL(int, "open", const char *, int, ...);
    return fails(opening(flags), path, -1) ? -1 : real(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    MODE(flags)
    REAL(int, "open64", const char *, int, ...);
    return fails(opening(flags), path, -1) ? -1 : real(path, flags, mode);
}
int openat(int at, const char *path, int flags, ...) {
    MODE(flags)
    REAL(int, "openat", int, const char *, int, ...);
    return fails(opening(flags), path, -1) ? -1 : real(at, path, flags, mode);
}
int openat64(int at, const char *path, int flags, ...) {
    MODE(flags)
    REAL(int, "openat64", int, const char *, int, ...);
    return fails(opening(flags), path, -1) ? -1 : real(at, path, flags, mode);
}
FILE *fopen(const char *path, const char *how) {
    REAL(FILE *, "fopen", const char *, const char *);
    return fails(how[0] == 'r' && !strchr(how, '+') ? OPEN : CREATE, path, -1) ? NULL : real(path, how);
}
FILE *fopen64(const char *path, const char *how) {
    REAL(FILE *, "fopen64", const char *, const char *);
    return fails(how[0] == 'r' && !strchr(how, '+') ? OPEN : CREATE, path, -1) ? NULL : real(path, how);
}

/* A disk that fills up takes a part of what is written first. */
static int part(size_t size) { return half && failed == 1 && size > 1; }

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    if (!fails(WRITE, NULL, fd)) return real(fd, data, size);
    return part(size) ? real(fd, data, size / 2) : -1;
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    if (!fails(WRITE, NULL, fd)) return real(fd, data, size, at);
    return part(size) ? real(fd, data, size / 2, at) : -1;
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    if (!fails(WRITE, NULL, fd)) return real(fd, data, size, at);
    return part(size) ? real(fd, data, size / 2, at) : -1;
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    return fails(WRITE, NULL, fd) ? -1 : real(fd, parts, count);
}
size_t fwrite(const void *data, size_t size, size_t count, FILE *file) {
    REAL(size_t, "fwrite", const void *, size_t, size_t, FILE *);
    return fails(WRITE, NULL, fileno(file)) ? 0 : real(data, size, count, file);
}
ssize_t read(int fd, void *data, size_t size) {
    REAL(ssize_t, "read", int, void *, size_t);
    return fails(READ, NULL, fd) ? -1 : real(fd, data, size);
}
ssize_t pread(int fd, void *data, size_t size, off_t at) {
    REAL(ssize_t, "pread", int, void *, size_t, off_t);
    return fails(READ, NULL, fd) ? -1 : real(fd, data, size, at);
}
ssize_t pread64(int fd, void *data, size_t size, off64_t at) {
    REAL(ssize_t, "pread64", int, void *, size_t, off64_t);
    return fails(READ, NULL, fd) ? -1 : real(fd, data, size, at);
}
size_t fread(void *data, size_t size, size_t count, FILE *file) {
    REAL(size_t, "fread", void *, size_t, size_t, FILE *);
    return fails(READ, NULL, fileno(file)) ? 0 : real(data, size, count, file);
}
int fsync(int fd) {
    REAL(int, "fsync", int);
    return fails(SYNC, NULL, fd) ? -1 : real(fd);
}
int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    return fails(SYNC, NULL, fd) ? -1 : real(fd);
}
int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    return fails(RENAME, to, -1) ? -1 : real(from, to);
}
int renameat(int a, const char *from, int b, const char *to) {
    REAL(int, "renameat", int, const char *, int, const char *);
    return fails(RENAME, to, -1) ? -1 : real(a, from, b, to);
}
int ftruncate(int fd, off_t size) {
    REAL(int, "ftruncate", int, off_t);
    return fails(TRUNCATE, NULL, fd) ? -1 : real(fd, size);
}
int ftruncate64(int fd, off64_t size) {
    REAL(int, "ftruncate64", int, off64_t);
    return fails(TRUNCATE, NULL, fd) ? -1 : real(fd, size);
}
int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    return fails(MKDIR, path, -1) ? -1 : real(path, mode);
}
int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    return fails(UNLINK, path, -1) ? -1 : real(path);
}
int link(const char *from, const char *to) {
    REAL(int, "link", const char *, const char *);
    return fails(LINK, to, -1) ? -1 : real(from, to);
}
int linkat(int a, const char *from, int b, const char *to, int flags) {
    REAL(int, "linkat", int, const char *, int, const char *, int);
    return fails(LINK, to, -1) ? -1 : real(a, from, b, to, flags);
}
void *mmap(void *at, size_t size, int how, int flags, int fd, off_t from) {
    REAL(void *, "mmap", void *, size_t, int, int, int, off_t);
    return fd >= 0 && fails(MAP, NULL, fd) ? MAP_FAILED : real(at, size, how, flags, fd, from);
}
void *mmap64(void *at, size_t size, int how, int flags, int fd, off64_t from) {
    REAL(void *, "mmap64", void *, size_t, int, int, int, off64_t);
    return fd >= 0 && fails(MAP, NULL, fd) ? MAP_FAILED : real(at, size, how, flags, fd, from);
}
int close(int fd) {
    REAL(int, "close", int);
    int bad = armed == CLOSE && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY && fails(CLOSE, NULL, fd);
    int done = real(fd);
    if (bad) { errno = number; return -1; }
    return done;
}

static double wrong(void) {
    if (!jumps) return shift;
    static __thread unsigned seed = 1;
    return shift + jumps * (2.0 * rand_r(&seed) / RAND_MAX - 1);
}
int clock_gettime(clockid_t which, struct timespec *now) {
    REAL(int, "clock_gettime", clockid_t, struct timespec *);
    int done = real(which, now);
    if (!done && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        now->tv_sec += (time_t)wrong();
    return done;
}
time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
int gettimeofday(struct timeval *now, void *zone) {
    REAL(int, "gettimeofday", struct timeval *, void *);
    int done = real(now, zone);
    if (!done) now->tv_sec += (time_t)wrong();
    return done;
}
