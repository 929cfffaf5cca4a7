// For a release build alone, which defines KPX_OLDER_GLIBC: what makes a program that is linked against a new glibc start
// on an old one. A symbol of glibc has a version for each time that its meaning changed or that it moved between libraries;
// the linker takes the newest, and the program then starts on no glibc of before. Here each is bound to an older version,
// which every glibc has. check-binary.sh says what is missing here.
#include <features.h>

#if defined(KPX_OLDER_GLIBC) && defined(__GLIBC__)

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define STAND_IN __attribute__((visibility("hidden")))

// A hidden function of this name, which the linker takes before a library's, and which jumps to that of the library.
// Hidden: libraries that are loaded keep the newest.
#if defined(__x86_64__)
#define FIRST "GLIBC_2.2.5"
#define SINCE(version) version
#define JUMP(name) "endbr64\n jmp *older_" #name "@GOTPCREL(%rip)\n"
#elif defined(__aarch64__)
// The first glibc for this processor: whatever is older elsewhere has this version.
#define FIRST "GLIBC_2.17"
#define SINCE(version) FIRST
#define JUMP(name) "adrp x16, :got:older_" #name "\n ldr x16, [x16, :got_lo12:older_" #name "]\n br x16\n"
#endif

#define OLDER(name, version)                                        \
  __asm__(".pushsection .text." #name ", \"ax\", %progbits\n"       \
          ".globl " #name "\n.hidden " #name "\n"                   \
          ".type " #name ", %function\n" #name ":\n" JUMP(name)     \
          ".size " #name ", . - " #name "\n.popsection\n"           \
          ".symver older_" #name ", " #name "@" version "\n");

// 2.29 and 2.27: these no longer set errno by a wrapper.
OLDER(exp, FIRST)
OLDER(exp2, FIRST)
OLDER(expf, FIRST)
OLDER(exp2f, FIRST)
OLDER(log, FIRST)
OLDER(log2, FIRST)
OLDER(logf, FIRST)
OLDER(log2f, FIRST)
OLDER(pow, FIRST)
OLDER(powf, FIRST)

// 2.32 and 2.34: libpthread and libdl became a part of libc. A release build names both as needed, so that their functions
// are found where they still are in these.
OLDER(dladdr, FIRST)
OLDER(dlerror, FIRST)
OLDER(dlopen, FIRST)
OLDER(dlsym, FIRST)
OLDER(__pthread_key_create, FIRST)
OLDER(pthread_attr_getstack, FIRST)
OLDER(pthread_create, FIRST)
OLDER(pthread_detach, FIRST)
OLDER(pthread_getaffinity_np, SINCE("GLIBC_2.3.4"))
OLDER(pthread_getattr_np, FIRST)
OLDER(pthread_join, FIRST)
OLDER(pthread_key_create, FIRST)
OLDER(pthread_kill, FIRST)
OLDER(pthread_mutexattr_destroy, FIRST)
OLDER(pthread_mutexattr_init, FIRST)
OLDER(pthread_mutexattr_settype, FIRST)
OLDER(pthread_once, FIRST)
OLDER(pthread_rwlock_rdlock, FIRST)
OLDER(pthread_rwlock_unlock, FIRST)
OLDER(pthread_rwlock_wrlock, FIRST)
OLDER(pthread_setname_np, SINCE("GLIBC_2.12"))
OLDER(pthread_setspecific, FIRST)
OLDER(pthread_sigmask, FIRST)
OLDER(pthread_timedjoin_np, SINCE("GLIBC_2.3.3"))
OLDER(sem_destroy, FIRST)
OLDER(sem_init, FIRST)
OLDER(sem_open, FIRST)
OLDER(sem_post, FIRST)
OLDER(sem_timedwait, FIRST)
OLDER(sem_wait, FIRST)

// 2.33: before, these were functions of other names.
STAND_IN int stat(const char *restrict path, struct stat *restrict status);
STAND_IN int lstat(const char *restrict path, struct stat *restrict status);
STAND_IN int fstat(int file, struct stat *status);

int stat(const char *restrict path, struct stat *restrict status) {
  return (int)syscall(SYS_newfstatat, AT_FDCWD, path, status, 0);
}

int lstat(const char *restrict path, struct stat *restrict status) {
  return (int)syscall(SYS_newfstatat, AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

int fstat(int file, struct stat *status) { return (int)syscall(SYS_fstat, file, status); }

// 2.25, 2.27 and 2.36: the kernel has had these before. Where it has no random bytes to give, nothing may go on.
STAND_IN int getentropy(void *bytes, size_t length);
STAND_IN uint32_t arc4random(void);
STAND_IN int memfd_create(const char *name, unsigned flags);
STAND_IN void explicit_bzero(void *bytes, size_t length);

int getentropy(void *bytes, size_t length) {
  long filled = length > 256 ? (errno = EIO, -1) : syscall(SYS_getrandom, bytes, length, 0);
  return filled == (long)length ? 0 : -1;
}

uint32_t arc4random(void) {
  uint32_t number;
  if (getentropy(&number, sizeof number) != 0) abort();
  return number;
}

int memfd_create(const char *name, unsigned flags) { return (int)syscall(SYS_memfd_create, name, flags); }

void explicit_bzero(void *bytes, size_t length) {
  for (volatile char *next = bytes; length > 0; length--) *next++ = 0;
}

// 2.31: before, only a time of the clock on the wall can be waited for.
STAND_IN int pthread_clockjoin_np(pthread_t thread, void **result, clockid_t clock, const struct timespec *end);

int pthread_clockjoin_np(pthread_t thread, void **result, clockid_t clock, const struct timespec *end) {
  int (*newer)(pthread_t, void **, clockid_t, const struct timespec *);
  *(void **)&newer = dlsym(RTLD_DEFAULT, "pthread_clockjoin_np");
  if (newer != NULL) return newer(thread, result, clock, end);

  const long second = 1000000000;
  struct timespec now, wall;
  clock_gettime(clock, &now);
  clock_gettime(CLOCK_REALTIME, &wall);
  long nanoseconds = wall.tv_nsec + end->tv_nsec - now.tv_nsec + second;
  wall.tv_sec += end->tv_sec - now.tv_sec - 1 + nanoseconds / second;
  wall.tv_nsec = nanoseconds % second;
  return pthread_timedjoin_np(thread, result, &wall);
}

// 2.32: that there may always be other threads costs a few nanoseconds.
STAND_IN extern char __libc_single_threaded;
char __libc_single_threaded = 0;

#ifdef DLFO_STRUCT_HAS_EH_DBASE
// 2.35: where C++ finds what it needs to unwind the stack at this address. libgcc_eh asks for nothing else of the answer.
STAND_IN int _dl_find_object(void *address, struct dl_find_object *found);

struct search {
  uintptr_t address;
  void *table;
};

static int holds(struct dl_phdr_info *object, size_t size, void *context) {
  (void)size;
  struct search *search = context;
  void *table = NULL;
  int here = 0;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
    uintptr_t start = object->dlpi_addr + segment->p_vaddr;
    if (segment->p_type == PT_LOAD && search->address - start < segment->p_memsz) here = 1;
    if (segment->p_type == PT_GNU_EH_FRAME) table = (void *)start;
  }
  if (here) search->table = table;
  return here;
}

int _dl_find_object(void *address, struct dl_find_object *found) {
  struct search search = {(uintptr_t)address, NULL};
  dl_iterate_phdr(holds, &search);
  *found = (struct dl_find_object){.dlfo_eh_frame = search.table};
  return search.table == NULL ? -1 : 0;
}
#endif

// 2.34: a program's initializers are run by libc, and were run by a function of the program itself before. A libc of now
// runs that function where it is given one.
typedef int start(int (*)(int, char **, char **), int, char **, void (*)(int, char **, char **), void (*)(void),
                  void (*)(void), void *);
extern void (*const __init_array_start[])(int, char **, char **) STAND_IN;
extern void (*const __init_array_end[])(int, char **, char **) STAND_IN;
STAND_IN void _init(void);
start older_libc_start_main;
STAND_IN start __libc_start_main;
__asm__(".symver older_libc_start_main, __libc_start_main@" FIRST);

static void initialize(int count, char **arguments, char **environment) {
  _init();
  size_t functions = (size_t)(__init_array_end - __init_array_start);
  for (size_t i = 0; i < functions; i++) __init_array_start[i](count, arguments, environment);
}

int __libc_start_main(int (*main)(int, char **, char **), int count, char **arguments,
                      void (*unused)(int, char **, char **), void (*also_unused)(void), void (*finish_loader)(void),
                      void *stack_end) {
  (void)unused;
  (void)also_unused;
  return older_libc_start_main(main, count, arguments, initialize, NULL, finish_loader, stack_end);
}

#endif
