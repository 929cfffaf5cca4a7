// What kpx replaces of the libraries that a release build links statically. The linker takes these definitions and
// leaves the libraries' own out. Hidden: in a debug build, where those libraries are shared, they keep theirs.

#include <math.h>
#include <stddef.h>

#define REPLACEMENT __attribute__((visibility("hidden")))

// Swift's runtime runs `swift-backtrace` when the program crashes: a file beside the program, or the one that
// SWIFT_BACKTRACE names. That would be anybody's program run as root. So none is looked for, and no signal is caught.

REPLACEMENT char *swift_copyAuxiliaryExecutablePath(const char *name);
REPLACEMENT int _swift_installCrashHandler(void);

char *swift_copyAuxiliaryExecutablePath(const char *name) {
  (void)name;
  return NULL;
}

// 1: an error, so that the runtime takes it for not installed.
int _swift_installCrashHandler(void) { return 1; }

// Swift's Glibc module refers to hypotf, of which glibc 2.35 has a new version; with that one kpx would not start on an
// older glibc. Squares of floats do not overflow a double.

REPLACEMENT float hypotf(float x, float y);

float hypotf(float x, float y) {
  if (isinf(x) || isinf(y)) return INFINITY;
  return (float)sqrt((double)x * x + (double)y * y);
}
