// A target of its own, so that a new commit compiles nothing else in C anew.
#pragma once

/// The commit that the program was built from, with "+changes" where files differed from it; "" where it is not known.
const char *kpx_commit(void);
