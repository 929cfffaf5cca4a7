// Apart from CSys.h: libipset's headers define again what the kernel's define.
#pragma once

#include <stddef.h>

enum {
  /// libipset.so.13 cannot be loaded.
  CSYS_IPSET_MISSING = 1,
  /// libipset reported an error.
  CSYS_IPSET_FAILED = 2,
};

/// All ipsets, or one, as `ipset save` prints them, by libipset, which is loaded at the first call. Runs on the calling
/// thread, and so in its network namespace. Ask only where the module ip_set is loaded: the library loads it.
///
/// Calls `receive` with the text in parts. Returns 0, CSYS_IPSET_MISSING, CSYS_IPSET_FAILED with the library's own
/// words in `message`, or a negative errno.
int csys_ipset_save(const char *name, int (*receive)(void *context, const void *bytes, size_t length), void *context,
                    char *message, size_t capacity);
