#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "CSys.h"

// What a handler writes. A signal may come while it is set: it is written before the pointer to it is.
static char buffer[1024];
static _Atomic(const char *) restoring;

static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static void restore(int number) {
  const char *text = atomic_load(&restoring);
  if (text != NULL) {
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written;
  }
  // The handler is gone by itself (SA_RESETHAND): this ends the process as if there had never been one.
  raise(number);
}

static int handle(int number, void (*handler)(int)) {
  struct sigaction old;
  if (sigaction(number, NULL, &old) != 0) return errno;
  // What who started kpx ignores, as nohup and a shell's background do, stays so.
  if (old.sa_handler == SIG_IGN) return 0;
  struct sigaction action = {.sa_handler = handler, .sa_flags = handler == SIG_DFL ? 0 : (int)(SA_RESETHAND | SA_NODEFER | SA_RESTART)};
  sigemptyset(&action.sa_mask);
  return sigaction(number, &action, NULL) == 0 ? 0 : errno;
}

int csys_restore_at_end(const char *text) {
  atomic_store(&restoring, NULL);
  if (text != NULL) {
    size_t length = strnlen(text, sizeof buffer);
    if (length == sizeof buffer) return EMSGSIZE;
    memcpy(buffer, text, length + 1);
    atomic_store(&restoring, buffer);
  }
  for (size_t index = 0; index < sizeof ends / sizeof *ends; index++) {
    int failure = handle(ends[index], text != NULL ? restore : SIG_DFL);
    if (failure != 0) return failure;
  }
  return 0;
}
