#include "CSys.h"

#include <sha1.h>

void csys_sha1(const void *bytes, size_t length, uint8_t digest[20]) {
  SHA1_CTX context;
  SHA1Init(&context);
  SHA1Update(&context, bytes, length);
  SHA1Final(digest, &context);
}
