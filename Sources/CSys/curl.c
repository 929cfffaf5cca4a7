#include "CSys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libcurl.h"

// Bytes that libcurl takes as a file and that are on no disk. Its blobs would do as well, but older versions have none,
// and with GnuTLS they are passed over without a word.
struct memory_file {
  int descriptor;
  char path[40];
};

static int memory_file(struct memory_file *file, const void *bytes, size_t length) {
  file->descriptor = -1;
  if (bytes == NULL) return 0;
  file->descriptor = csys_memory_file();
  if (file->descriptor < 0) return errno;
  for (size_t done = 0; done < length;) {
    ssize_t count = write(file->descriptor, (const char *)bytes + done, length - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return errno ? errno : EIO;
    done += (size_t)count;
  }
  snprintf(file->path, sizeof file->path, "/proc/thread-self/fd/%d", file->descriptor);
  return 0;
}

struct csys_http {
  CURLM *multi;
  struct memory_file authorities, certificate, key;
  int insecure;
};

struct csys_http *csys_http_open(const struct csys_http_identity *identity, int *failure) {
  *failure = ENOSYS;
  if (!csys_curl_load()) return NULL;
  *failure = ENOMEM;
  struct csys_http *http = calloc(1, sizeof *http);
  if (http == NULL) return NULL;
  http->authorities.descriptor = http->certificate.descriptor = http->key.descriptor = -1;
  http->multi = curl.multi_init();
  if (http->multi == NULL) goto failed;
  if (identity != NULL) {
    http->insecure = identity->insecure;
    if ((*failure = memory_file(&http->authorities, identity->authorities, identity->authorities_length)) != 0 ||
        (*failure = memory_file(&http->certificate, identity->certificate, identity->certificate_length)) != 0 ||
        (*failure = memory_file(&http->key, identity->key, identity->key_length)) != 0)
      goto failed;
  }
  curl.multi_setopt(http->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
  *failure = 0;
  return http;
failed:
  csys_http_close(http);
  return NULL;
}

void csys_http_close(struct csys_http *http) {
  if (http->multi != NULL) curl.multi_cleanup(http->multi);
  const struct memory_file *files[] = {&http->authorities, &http->certificate, &http->key};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    if (files[i]->descriptor >= 0) close(files[i]->descriptor);
  free(http);
}

struct transfer {
  struct csys_http_request *request;
  CURL *handle;
  struct curl_slist *headers, *connect_to;
  size_t left;
  int too_large;
  char message[CURL_ERROR_SIZE];
};

static size_t pass_body(char *bytes, size_t size, size_t count, void *user) {
  struct transfer *transfer = user;
  size_t length = size * count;
  if (length > transfer->left) {
    transfer->too_large = 1;
    return 0;
  }
  transfer->left -= length;
  return transfer->request->receive(transfer->request->context, bytes, length) ? length : 0;
}

static size_t pass_header(char *bytes, size_t size, size_t count, void *user) {
  struct csys_http_request *request = ((struct transfer *)user)->request;
  if (request->header) request->header(request->context, bytes, size * count);
  return size * count;
}

static int result_of(CURLcode code) {
  switch (code) {
  case CURLE_OK: return CSYS_HTTP_OK;
  case CURLE_OPERATION_TIMEDOUT: return CSYS_HTTP_TIMED_OUT;
  case CURLE_COULDNT_RESOLVE_HOST: return CSYS_HTTP_UNKNOWN_HOST;
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_PROXY: return CSYS_HTTP_PROXY;
  case CURLE_COULDNT_CONNECT: return CSYS_HTTP_NO_CONNECTION;
  case CURLE_PEER_FAILED_VERIFICATION: return CSYS_HTTP_UNTRUSTED;
  case CURLE_SSL_CACERT_BADFILE: return CSYS_HTTP_BAD_AUTHORITIES;
  case CURLE_SSL_CERTPROBLEM: return CSYS_HTTP_BAD_CERTIFICATE;
  case CURLE_SSL_CONNECT_ERROR: return CSYS_HTTP_NO_TLS;
  case CURLE_PARTIAL_FILE:
  case CURLE_GOT_NOTHING: return CSYS_HTTP_TRUNCATED;
  case CURLE_WRITE_ERROR: return CSYS_HTTP_CANCELLED;
  case CURLE_OUT_OF_MEMORY: return CSYS_HTTP_NO_MEMORY;
  default: return CSYS_HTTP_OTHER;
  }
}

static void finish(struct transfer *transfer, CURLcode code) {
  struct csys_http_request *request = transfer->request;
  request->result = transfer->too_large ? CSYS_HTTP_TOO_LARGE : result_of(code);
  curl.easy_getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &request->status);
  long reason = 0;
  if (code == CURLE_COULDNT_CONNECT) curl.easy_getinfo(transfer->handle, CURLINFO_OS_ERRNO, &reason);
  snprintf(request->message, sizeof request->message, "%s", reason ? strerror((int)reason) : transfer->message);
}

static void set_identity(const struct csys_http *http, CURL *handle) {
  if (http->authorities.descriptor >= 0) {
    // Those given are to count and no others; a directory of the distribution's would be asked beside the file.
    curl.easy_setopt(handle, CURLOPT_CAINFO, http->authorities.path);
    curl.easy_setopt(handle, CURLOPT_CAPATH, NULL);
  }
  if (http->certificate.descriptor >= 0) curl.easy_setopt(handle, CURLOPT_SSLCERT, http->certificate.path);
  if (http->key.descriptor >= 0) curl.easy_setopt(handle, CURLOPT_SSLKEY, http->key.path);
  curl.easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, http->insecure ? 0L : 1L);
  curl.easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, http->insecure ? 0L : 2L);
}

static int set_up(struct csys_http *http, struct transfer *transfer, struct csys_http_request *request) {
  transfer->request = request;
  transfer->left = request->max_bytes;
  CURL *handle = transfer->handle = csys_curl_handle(1);
  if (handle == NULL) return ENOMEM;
  for (size_t i = 0; request->headers && request->headers[i]; i++) {
    struct curl_slist *longer = curl.slist_append(transfer->headers, request->headers[i]);
    if (longer == NULL) return ENOMEM;
    transfer->headers = longer;
  }
  if (request->connect_to) {
    transfer->connect_to = curl.slist_append(NULL, request->connect_to);
    if (transfer->connect_to == NULL) return ENOMEM;
    curl.easy_setopt(handle, CURLOPT_CONNECT_TO, transfer->connect_to);
  }
  curl.easy_setopt(handle, CURLOPT_URL, request->url);
  if (request->body) {
    curl.easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
    curl.easy_setopt(handle, CURLOPT_POSTFIELDS, request->body);
  }
  if (request->method) curl.easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request->method);
  curl.easy_setopt(handle, CURLOPT_HTTPHEADER, transfer->headers);
  // Which proxy is used is decided by the caller, not by the environment.
  curl.easy_setopt(handle, CURLOPT_PROXY, request->proxy ? request->proxy : "");
  curl.easy_setopt(handle, CURLOPT_NOPROXY, "");
  // What the headers above say is for the server alone.
  curl.easy_setopt(handle, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
  curl.easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl.easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl.easy_setopt(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
  curl.easy_setopt(handle, CURLOPT_PIPEWAIT, 1L);
  curl.easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "");
  curl.easy_setopt(handle, CURLOPT_TIMEOUT_MS, request->timeout_ms);
  curl.easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, request->connect_timeout_ms);
  curl.easy_setopt(handle, CURLOPT_ERRORBUFFER, transfer->message);
  curl.easy_setopt(handle, CURLOPT_WRITEFUNCTION, pass_body);
  curl.easy_setopt(handle, CURLOPT_WRITEDATA, transfer);
  curl.easy_setopt(handle, CURLOPT_HEADERFUNCTION, pass_header);
  curl.easy_setopt(handle, CURLOPT_HEADERDATA, transfer);
  set_identity(http, handle);
  return curl.multi_add_handle(http->multi, handle) == CURLM_OK ? 0 : ENOMEM;
}

static struct transfer *transfer_of(struct transfer *transfers, size_t count, const CURL *handle) {
  for (size_t i = 0; i < count; i++)
    if (transfers[i].handle == handle) return &transfers[i];
  return NULL;
}

static int run(struct csys_http *http, struct transfer *transfers, size_t count, int is_given_up) {
  for (int running = 1; running;) {
    if (is_given_up && csys_end_is_due()) return EINTR;
    if (curl.multi_perform(http->multi, &running) != CURLM_OK) return EIO;
    CURLMsg *message;
    for (int left; (message = curl.multi_info_read(http->multi, &left)) != NULL;) {
      struct transfer *done = transfer_of(transfers, count, message->easy_handle);
      if (message->msg == CURLMSG_DONE && done) finish(done, message->data.result);
    }
    int ready = 0;
    if (running && curl.multi_wait(http->multi, NULL, 0, 1000, &ready) != CURLM_OK) return EIO;
    // Nothing to wait for (a name is being looked up): curl_multi_wait returns at once.
    if (running && !ready) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
  return 0;
}

int csys_http_perform(struct csys_http *http, struct csys_http_request *requests, size_t count) {
  struct transfer *transfers = calloc(count, sizeof *transfers);
  if (transfers == NULL) return ENOMEM;
  int failure = 0;
  for (size_t i = 0; i < count && !failure; i++) {
    requests[i].result = CSYS_HTTP_OTHER;
    failure = set_up(http, &transfers[i], &requests[i]);
  }
  if (!failure) failure = run(http, transfers, count, count == 1 && requests[0].is_given_up);
  for (size_t i = 0; i < count; i++) {
    if (transfers[i].handle) {
      curl.multi_remove_handle(http->multi, transfers[i].handle);
      curl.easy_cleanup(transfers[i].handle);
    }
    if (transfers[i].headers) curl.slist_free_all(transfers[i].headers);
    if (transfers[i].connect_to) curl.slist_free_all(transfers[i].connect_to);
  }
  free(transfers);
  return failure;
}

static int errno_of(int result) {
  switch (result) {
  case CSYS_HTTP_OK: return 0;
  case CSYS_HTTP_TIMED_OUT: return -ETIMEDOUT;
  case CSYS_HTTP_NO_CONNECTION: return -ECONNREFUSED;
  case CSYS_HTTP_NO_MEMORY: return -ENOMEM;
  case CSYS_HTTP_CANCELLED: return -ECANCELED;
  case CSYS_HTTP_TOO_LARGE: return -EMSGSIZE;
  default: return -EIO;
  }
}

int csys_http_get(const char *url, long timeout_ms, size_t max_bytes,
                  int (*receive)(void *context, const void *bytes, size_t length), void *context, long *status) {
  int failure;
  struct csys_http *http = csys_http_open(NULL, &failure);
  if (http == NULL) return -failure;
  struct csys_http_request request = {.url = url,
                                      .connect_timeout_ms = timeout_ms,
                                      .timeout_ms = timeout_ms,
                                      .max_bytes = max_bytes,
                                      .receive = receive,
                                      .context = context};
  failure = csys_http_perform(http, &request, 1);
  csys_http_close(http);
  if (failure) return -failure;
  *status = request.status;
  return errno_of(request.result);
}
