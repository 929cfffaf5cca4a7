#include "ipset.h"

#include <errno.h>
#include <libipset/data.h>
#include <libipset/parse.h>
#include <libipset/session.h>
#include <libipset/types.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "library.h"

// libipset is only there if the node has ipset. Its functions are found by name; its headers give their types.

struct library {
  void (*load_types)(void);
  struct ipset_session *(*session_init)(ipset_print_outfn print, void *context);
  int (*session_fini)(struct ipset_session *session);
  int (*session_output)(struct ipset_session *session, enum ipset_output_mode mode);
  const char *(*session_report_msg)(const struct ipset_session *session);
  int (*parse_setname)(struct ipset_session *session, enum ipset_opt opt, const char *name);
  int (*cmd)(struct ipset_session *session, enum ipset_cmd cmd, uint32_t line);
  int complete;
};

static struct library library;
static pthread_once_t once = PTHREAD_ONCE_INIT;
// The library keeps what it knows of sets in one cache for all sessions.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

#define FIND(name) csys_find_function(handle, "ipset_" #name, &library.name)

static void load(void) {
  void *handle = csys_open_library("libipset.so.13");
  library.complete = handle && FIND(load_types) && FIND(session_init) && FIND(session_fini) && FIND(session_output) &&
                     FIND(session_report_msg) && FIND(parse_setname) && FIND(cmd);
  if (library.complete) library.load_types();
}

struct output {
  int (*receive)(void *context, const void *bytes, size_t length);
  void *context;
};

__attribute__((format(printf, 3, 4))) static int print(struct ipset_session *session, void *context,
                                                        const char *format, ...) {
  (void)session;
  struct output *output = context;
  char *text = NULL;
  va_list arguments;
  va_start(arguments, format);
  int length = vasprintf(&text, format, arguments);
  va_end(arguments);
  if (length < 0) return -1;
  output->receive(output->context, text, (size_t)length);
  free(text);
  return length;
}

int csys_ipset_save(const char *name, int (*receive)(void *context, const void *bytes, size_t length), void *context,
                    char *message, size_t capacity) {
  pthread_once(&once, load);
  if (!library.complete) return CSYS_IPSET_MISSING;
  struct output output = {receive, context};
  int result = 0;
  pthread_mutex_lock(&mutex);
  struct ipset_session *session = library.session_init(print, &output);
  if (!session) {
    result = -ENOMEM;
  } else {
    library.session_output(session, IPSET_LIST_SAVE);
    if ((name && library.parse_setname(session, IPSET_SETNAME, name) < 0) ||
        library.cmd(session, IPSET_CMD_SAVE, 0) < 0) {
      result = CSYS_IPSET_FAILED;
      const char *report = library.session_report_msg(session);
      snprintf(message, capacity, "%s", report ? report : "");
    }
    library.session_fini(session);
  }
  pthread_mutex_unlock(&mutex);
  return result;
}
