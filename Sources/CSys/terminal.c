#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "CSys.h"

// What a handler writes. A signal may come while it is set: it is written before the pointer to it is.
static char buffer[1024];
static _Atomic(const char *) restoring;
// Whether such a signal waits until what was begun is cleaned up, and the one that came.
static atomic_int postponed, due;

static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static void restore(int number) {
  const char *text = atomic_load(&restoring);
  if (text != NULL) {
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written;
  }
  if (atomic_load(&postponed)) {
    atomic_store(&due, number);
    return;
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

static int handle_all(void) {
  int isWanted = atomic_load(&restoring) != NULL || atomic_load(&postponed);
  for (size_t index = 0; index < sizeof ends / sizeof *ends; index++) {
    int failure = handle(ends[index], isWanted ? restore : SIG_DFL);
    if (failure != 0) return failure;
  }
  return 0;
}

int csys_restore_at_end(const char *text) {
  atomic_store(&restoring, NULL);
  if (text != NULL) {
    size_t length = strnlen(text, sizeof buffer);
    if (length == sizeof buffer) return EMSGSIZE;
    memcpy(buffer, text, length + 1);
    atomic_store(&restoring, buffer);
  }
  // Once one came, the next ends the process.
  return atomic_load(&due) ? 0 : handle_all();
}

void csys_postpone_end(void) {
  atomic_store(&postponed, 1);
  handle_all();
}

int csys_end_is_due(void) { return atomic_load(&due); }

void csys_end_if_due(void) {
  atomic_store(&postponed, 0);
  handle_all();
  int number = atomic_exchange(&due, 0);
  if (number == 0) return;
  signal(number, SIG_DFL);
  raise(number);
}
