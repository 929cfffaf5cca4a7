// Libraries of the node's own, which kpx works without.
#pragma once

/// Loads a library from the system's folders and from nowhere else, whatever the environment says. NULL without one.
void *csys_open_library(const char *name);

/// Stores the address of a library's function in `*function`, a pointer to such a function. 1, or 0 without one.
int csys_find_function(void *library, const char *name, void *function);
