#include "CSys.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <linux/magic.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <sha2.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

int csys_setns_net(int fd) { return setns(fd, CLONE_NEWNET) == 0 ? 0 : errno; }

void csys_give_freed_memory_back(void) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TRIM_THRESHOLD, 128 << 10);
}

int csys_owner_of_namespace(int fd) {
  int owner = ioctl(fd, NS_GET_USERNS);
  return owner < 0 ? -errno : owner;
}

int csys_read_as(uid_t user, gid_t group, size_t count, const gid_t *groups) {
  // The system calls themselves: glibc's setgroups changes all threads.
  if (syscall(SYS_setgroups, count, groups) != 0) return errno;
  // Both answer with the id of before, whether they succeed or not.
  syscall(SYS_setfsgid, group);
  syscall(SYS_setfsuid, user);
  if ((gid_t)syscall(SYS_setfsgid, -1) != group || (uid_t)syscall(SYS_setfsuid, -1) != user) return EPERM;
  // The kernel takes CAP_DAC_* from who is no longer root, unless SECBIT_NO_SETUID_FIXUP is set.
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
  return syscall(SYS_capset, &header, none) == 0 ? 0 : errno;
}

int csys_is_namespace(int fd) {
  struct statfs status;
  return fstatfs(fd, &status) == 0 && status.f_type == NSFS_MAGIC;
}

int csys_has_capability(int capability) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
  if (syscall(SYS_capget, &header, data) != 0) return -errno;
  return (data[capability / 32].effective >> (capability % 32)) & 1;
}

void csys_sha256(const void *bytes, size_t length, uint8_t digest[32]) {
  SHA2_CTX context;
  SHA256Init(&context);
  SHA256Update(&context, bytes, length);
  SHA256Final(digest, &context);
}

int csys_join(pthread_t thread, long milliseconds) {
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += milliseconds % 1000 * 1000000;
    end.tv_sec += milliseconds / 1000 + end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    return pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &end);
}

int csys_memory_file(void) { return memfd_create("kpx", MFD_CLOEXEC); }
