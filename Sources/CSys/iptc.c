#include "CSys.h"

#include <errno.h>
#include <pthread.h>

#include "library.h"

// libip4tc and libip6tc have the same functions under two names, and are only there if the node has iptables.
// struct xtc_handle, struct ipt_entry and struct ip6t_entry are opaque here: entries go to Swift as bytes.

struct library {
  void *(*init)(const char *table);
  void (*free)(void *handle);
  const char *(*first_chain)(void *handle);
  const char *(*next_chain)(void *handle);
  const char *(*get_policy)(const char *chain, struct xt_counters *counters, void *handle);
  const void *(*first_rule)(const char *chain, void *handle);
  const void *(*next_rule)(const void *previous, void *handle);
  const char *(*get_target)(const void *entry, void *handle);
  int complete;
};

static struct library libraries[2];
static pthread_once_t once[2] = {PTHREAD_ONCE_INIT, PTHREAD_ONCE_INIT};

#define RESOLVE(prefix, name) csys_find_function(handle, prefix #name, &library->name)
#define RESOLVE_ALL(prefix)                                                                               \
  (RESOLVE(prefix, init) && RESOLVE(prefix, free) && RESOLVE(prefix, first_chain) &&                       \
   RESOLVE(prefix, next_chain) && RESOLVE(prefix, get_policy) && RESOLVE(prefix, first_rule) &&            \
   RESOLVE(prefix, next_rule) && RESOLVE(prefix, get_target))

static void load4(void) {
  struct library *library = &libraries[0];
  void *handle = csys_open_library("libip4tc.so.2");
  library->complete = handle && RESOLVE_ALL("iptc_");
}

static void load6(void) {
  struct library *library = &libraries[1];
  void *handle = csys_open_library("libip6tc.so.2");
  library->complete = handle && RESOLVE_ALL("ip6tc_");
}

static size_t entry_length(int is6, const void *entry) {
  return is6 ? ((const struct ip6t_entry *)entry)->next_offset : ((const struct ipt_entry *)entry)->next_offset;
}

int csys_iptc_walk(int family, const char *table,
                   int (*chain)(void *context, const char *name, const char *policy, uint64_t packets, uint64_t bytes),
                   int (*rule)(void *context, const void *entry, size_t length, const char *target), void *context) {
  int is6 = family == AF_INET6;
  pthread_once(&once[is6], is6 ? load6 : load4);
  struct library *library = &libraries[is6];
  if (!library->complete) return CSYS_IPTC_MISSING;
  errno = 0;
  void *handle = library->init(table);
  if (!handle) return errno ? -errno : -EIO;
  int more = 1;
  for (const char *name = library->first_chain(handle); name && more; name = library->next_chain(handle)) {
    struct xt_counters counters = {0, 0};
    // NULL for a chain that is not built in.
    const char *policy = library->get_policy(name, &counters, handle);
    more = chain(context, name, policy, counters.pcnt, counters.bcnt);
    for (const void *entry = library->first_rule(name, handle); entry && more;
         entry = library->next_rule(entry, handle)) {
      const char *target = library->get_target(entry, handle);
      more = rule(context, entry, entry_length(is6, entry), target ? target : "");
    }
  }
  library->free(handle);
  return 0;
}
