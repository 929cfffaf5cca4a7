#include "library.h"

#include <dlfcn.h>
#include <stdio.h>

// kpx runs as root and may have been copied to a folder that others can write to. So no search by name, which would ask
// DT_RUNPATH and LD_LIBRARY_PATH, where an empty entry is the current folder.
static const char *const folders[] = {
#if defined(__x86_64__)
  "/usr/lib/x86_64-linux-gnu",
  "/lib/x86_64-linux-gnu",
#elif defined(__aarch64__)
  "/usr/lib/aarch64-linux-gnu",
  "/lib/aarch64-linux-gnu",
#endif
  "/usr/lib64",
  "/lib64",
  "/usr/lib",
  "/lib",
};

void *csys_open_library(const char *name) {
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
    char path[128];
    int length = snprintf(path, sizeof path, "%s/%s", folders[i], name);
    if (length < 0 || (size_t)length >= sizeof path) continue;
    // A library of another architecture does not load; the next folder may have the right one.
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library != NULL) return library;
  }
  return NULL;
}

int csys_find_function(void *library, const char *name, void *function) {
  // A function's address fits where the address of data does, by POSIX.
  void *symbol = dlsym(library, name);
  *(void **)function = symbol;
  return symbol != NULL;
}
