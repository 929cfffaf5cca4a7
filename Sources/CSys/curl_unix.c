#include "CSys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libcurl.h"

struct csys_unix_http {
  CURL *handle;
  struct curl_slist *headers;
};

struct csys_unix_http *csys_unix_http_open(const char *socket_path, int is_grpc, int *error) {
  if (!csys_curl_load()) {
    *error = ENOSYS;
    return NULL;
  }
  struct csys_unix_http *self = calloc(1, sizeof *self);
  if (self) self->handle = csys_curl_handle(0);
  if (!self || !self->handle) {
    free(self);
    *error = ENOMEM;
    return NULL;
  }
  curl.easy_setopt(self->handle, CURLOPT_UNIX_SOCKET_PATH, socket_path);
  // No proxy: the environment must not lead elsewhere.
  curl.easy_setopt(self->handle, CURLOPT_PROXY, "");
  if (is_grpc) {
    // curl 7.88 (Debian 12's) fails the second request of such a connection. A unix socket is cheap to open.
    curl.easy_setopt(self->handle, CURLOPT_FRESH_CONNECT, 1L);
    curl.easy_setopt(self->handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
    self->headers = curl.slist_append(self->headers, "Content-Type: application/grpc");
    self->headers = curl.slist_append(self->headers, "TE: trailers");
    self->headers = curl.slist_append(self->headers, "Expect:");
    curl.easy_setopt(self->handle, CURLOPT_HTTPHEADER, self->headers);
  }
  return self;
}

void csys_unix_http_close(struct csys_unix_http *self) {
  if (!self) return;
  curl.easy_cleanup(self->handle);
  curl.slist_free_all(self->headers);
  free(self);
}

struct answer {
  int (*receive)(void *context, int is_header, const void *bytes, size_t length);
  void *context;
  size_t left;
  int too_large;
};

static size_t pass_on(struct answer *answer, int is_header, const char *bytes, size_t length) {
  if (length > answer->left) {
    answer->too_large = 1;
    return 0;
  }
  answer->left -= length;
  return answer->receive(answer->context, is_header, bytes, length) ? length : 0;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *user) {
  return pass_on(user, 0, bytes, size * count);
}

// HTTP/2's trailers come here, too, behind the body.
static size_t take_header(char *bytes, size_t size, size_t count, void *user) {
  return pass_on(user, 1, bytes, size * count);
}

static int result_of(CURLcode code, CURL *handle) {
  long cause = 0;
  switch (code) {
  case CURLE_OK: return 0;
  case CURLE_OPERATION_TIMEDOUT: return -ETIMEDOUT;
  case CURLE_OUT_OF_MEMORY: return -ENOMEM;
  case CURLE_WRITE_ERROR: return -ECANCELED;
  case CURLE_COULDNT_CONNECT:
    // Also for what came back on a connection that there was: then no system call failed.
    curl.easy_getinfo(handle, CURLINFO_OS_ERRNO, &cause);
    return cause == ECONNREFUSED || cause == EACCES || cause == EPERM || cause == ENOENT ? -(int)cause : -EPROTO;
  case CURLE_UNSUPPORTED_PROTOCOL: return -EPROTONOSUPPORT;
  default: return -EPROTO;
  }
}

int csys_unix_http_send(struct csys_unix_http *self, const char *path, const void *body, size_t length,
                        long timeout_ms, size_t max_bytes,
                        int (*receive)(void *context, int is_header, const void *bytes, size_t length),
                        void *context, long *status) {
  static const char base[] = "http://localhost";
  char *url = malloc(sizeof base + strlen(path));
  if (!url) return -ENOMEM;
  memcpy(url, base, sizeof base);
  strcat(url, path);
  struct answer answer = {.receive = receive, .context = context, .left = max_bytes};
  curl.easy_setopt(self->handle, CURLOPT_URL, url);
  curl.easy_setopt(self->handle, CURLOPT_TIMEOUT_MS, timeout_ms);
  curl.easy_setopt(self->handle, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
  curl.easy_setopt(self->handle, CURLOPT_WRITEFUNCTION, take_body);
  curl.easy_setopt(self->handle, CURLOPT_WRITEDATA, &answer);
  curl.easy_setopt(self->handle, CURLOPT_HEADERFUNCTION, take_header);
  curl.easy_setopt(self->handle, CURLOPT_HEADERDATA, &answer);
  if (body) {
    curl.easy_setopt(self->handle, CURLOPT_POST, 1L);
    curl.easy_setopt(self->handle, CURLOPT_POSTFIELDSIZE, (long)length);
    curl.easy_setopt(self->handle, CURLOPT_POSTFIELDS, body);
  }
  int result = result_of(curl.easy_perform(self->handle), self->handle);
  if (result == 0) curl.easy_getinfo(self->handle, CURLINFO_RESPONSE_CODE, status);
  free(url);
  return answer.too_large ? -EMSGSIZE : result;
}
