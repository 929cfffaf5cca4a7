#include "CVersion.h"

// KPX_COMMIT comes from Package.swift.
const char *kpx_commit(void) { return KPX_COMMIT; }
