// Files compressed with gzip, through zlib's gzFile.
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "CSys.h"
#include <zlib.h>

struct csys_gzip {
  gzFile file;
  int is_written;
};

struct csys_gzip *csys_gzip_open(int descriptor, int level) {
  struct csys_gzip *opened = malloc(sizeof *opened);
  char mode[] = {level > 0 ? 'w' : 'r', 'b', level > 0 ? (char)('0' + level) : 0, 0};
  gzFile file = opened ? gzdopen(descriptor, mode) : NULL;
  if (!file) {
    free(opened);
    close(descriptor);
    return NULL;
  }
  gzbuffer(file, 1 << 17);
  opened->file = file;
  opened->is_written = level > 0;
  return opened;
}

// The error number behind zlib's: its own for the file system's.
static int failure(gzFile file) {
  int number = Z_OK;
  gzerror(file, &number);
  switch (number) {
  case Z_ERRNO: return errno ? errno : EIO;
  case Z_MEM_ERROR: return ENOMEM;
  case Z_OK:
  case Z_STREAM_END: return 0;
  default: return EBADMSG;
  }
}

// The most that zlib takes at a time.
static unsigned int part(size_t length) { return length > 1 << 30 ? 1 << 30 : (unsigned int)length; }

int csys_gzip_write(struct csys_gzip *file, const void *bytes, size_t length) {
  const char *next = bytes;
  while (length > 0) {
    int written = gzwrite(file->file, next, part(length));
    if (written <= 0) {
      int number = failure(file->file);
      return number ? number : EIO;
    }
    next += written;
    length -= (size_t)written;
  }
  return 0;
}

ssize_t csys_gzip_read(struct csys_gzip *file, void *bytes, size_t length) {
  size_t count = 0;
  while (count < length) {
    int got = gzread(file->file, (char *)bytes + count, part(length - count));
    if (got < 0) return -failure(file->file);
    count += (size_t)got;
    if (got == 0) break;
  }
  // A file that is cut off gives what there is, and then this.
  if (count < length) {
    int number = failure(file->file);
    if (number) return -number;
  }
  return (ssize_t)count;
}

int csys_gzip_close(struct csys_gzip *file) {
  int number = file->is_written ? gzclose_w(file->file) : gzclose_r(file->file);
  free(file);
  switch (number) {
  case Z_OK: return 0;
  case Z_ERRNO: return errno ? errno : EIO;
  case Z_MEM_ERROR: return ENOMEM;
  default: return EBADMSG;
  }
}
