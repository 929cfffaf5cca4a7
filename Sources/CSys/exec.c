#include "CSys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

int csys_keep_capabilities(uint64_t kept) {
  // Capabilities that this kernel does not know end the bounding set.
  for (int capability = 0; capability < 64; capability++) {
    if (kept >> capability & 1) continue;
    if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != 1) continue;
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return errno;
  }
  // Ambient capabilities go with the inheritable ones.
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
  if (syscall(SYS_capget, &header, data) != 0) return errno;
  for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
    uint32_t mask = (uint32_t)(kept >> (32 * i));
    data[i].effective &= mask;
    data[i].permitted &= mask;
    data[i].inheritable &= mask;
  }
  return syscall(SYS_capset, &header, data) == 0 ? 0 : errno;
}

int csys_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

static volatile sig_atomic_t dependent_group;

static void end_group(int number) {
  if (dependent_group > 0) kill(-dependent_group, SIGKILL);
  // Held back until this returns; then it ends the process.
  signal(number, SIG_DFL);
  raise(number);
}

void csys_end_with_process(pid_t group) {
  static const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
  dependent_group = group;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    struct sigaction action;
    if (sigaction(numbers[i], NULL, &action) != 0) continue;
    if (group > 0 && action.sa_handler == SIG_DFL) signal(numbers[i], end_group);
    if (group == 0 && action.sa_handler == end_group) signal(numbers[i], SIG_DFL);
  }
}

int csys_unshare_mounts(void) {
  if (unshare(CLONE_NEWNS) != 0) return errno;
  // What is mounted from here on stays here; what the node mounts still arrives.
  return mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) == 0 ? 0 : errno;
}

int csys_cover(const char *folder) {
  return mount("kpx", folder, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=128k,mode=755") == 0 ? 0 : errno;
}

int csys_uncover(const char *folder) { return umount2(folder, MNT_DETACH) == 0 ? 0 : errno; }

// What a node has below /sys beside the kernel's devices. None of it is of a network namespace.
static const char *const mounts_of_sys[] = {"/sys/fs/cgroup", "/sys/fs/bpf", "/sys/fs/pstore", "/sys/kernel/debug",
                                            "/sys/kernel/tracing", "/sys/kernel/security", "/sys/kernel/config"};
enum { count_of_sys = sizeof mounts_of_sys / sizeof *mounts_of_sys };

int csys_mount_sysfs(void) {
  int before[count_of_sys];
  struct statvfs sys;
  unsigned long read_only = statvfs("/sys", &sys) == 0 && sys.f_flag & ST_RDONLY ? MS_RDONLY : 0;
  for (int i = 0; i < count_of_sys; i++) before[i] = open(mounts_of_sys[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
  int failure = mount("kpx", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | read_only, NULL) == 0 ? 0 : errno;
  for (int i = 0; i < count_of_sys; i++) {
    if (before[i] < 0) continue;
    char source[32];
    snprintf(source, sizeof source, "/proc/self/fd/%d", before[i]);
    // One that cannot be kept is not there then: a tool says so itself.
    if (failure == 0) (void)mount(source, mounts_of_sys[i], NULL, MS_BIND | MS_REC, NULL);
    close(before[i]);
  }
  return failure;
}

int csys_bind_mount(const char *source, const char *target) {
  return mount(source, target, NULL, MS_BIND, NULL) == 0 ? 0 : errno;
}

int csys_open_in_root(int root, const char *path) {
  struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, .resolve = RESOLVE_IN_ROOT};
  long result = syscall(SYS_openat2, root, path, &how, sizeof how);
  return result < 0 ? -errno : (int)result;
}
