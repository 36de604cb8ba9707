/* Preloaded into a program, writes down in the file $DISK_CALLS what the program does for its files to outlive a power cut, a line
   each: "sync PATH" and "rename FROM TO". Compiled and read by test/store/power-cut.test.ts. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void write_down(const char *line, int length) {
  const char *path = getenv("DISK_CALLS");
  int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
  if (fd < 0 || write(fd, line, length) != length) abort();
  close(fd);
}

static void write_down_sync(int fd) {
  char link[64], path[PATH_MAX], line[PATH_MAX + 8];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) abort();
  write_down(line, snprintf(line, sizeof line, "sync %.*s\n", (int)length, path));
}

int fsync(int fd) {
  write_down_sync(fd);
  return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}

int fdatasync(int fd) {
  write_down_sync(fd);
  return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
}

int rename(const char *from, const char *to) {
  char line[2 * PATH_MAX + 16];
  write_down(line, snprintf(line, sizeof line, "rename %s %s\n", from, to));
  return ((int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename"))(from, to);
}
