#include "libcurl.h"

#include <pthread.h>

#include "library.h"

struct csys_curl curl;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int ready;

#define FIND(name) csys_find_function(library, "curl_" #name, &curl.name)

static void load(void) {
  static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.so"};
  void *library = NULL;
  for (size_t i = 0; library == NULL && i < sizeof names / sizeof *names; i++) library = csys_open_library(names[i]);
  ready = library != NULL && FIND(global_init) && FIND(easy_init) && FIND(easy_setopt) && FIND(easy_perform) &&
          FIND(easy_getinfo) && FIND(easy_cleanup) && FIND(multi_init) && FIND(multi_setopt) &&
          FIND(multi_add_handle) && FIND(multi_remove_handle) && FIND(multi_perform) && FIND(multi_wait) &&
          FIND(multi_info_read) && FIND(multi_cleanup) && FIND(slist_append) && FIND(slist_free_all) &&
          curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

int csys_curl_load(void) {
  pthread_once(&once, load);
  return ready;
}

CURL *csys_curl_handle(int allows_https) {
  CURL *handle = curl.easy_init();
  if (handle == NULL) return NULL;
  // The process may have other threads: no signals.
  curl.easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  // Before 7.85 there is only the mask (CURLPROTO_HTTP 1, CURLPROTO_HTTPS 2), which the headers call deprecated by now.
  if (curl.easy_setopt(handle, CURLOPT_PROTOCOLS_STR, allows_https ? "http,https" : "http") != CURLE_OK)
    curl.easy_setopt(handle, (CURLoption)(CURLOPTTYPE_LONG + 181), allows_https ? 3L : 1L);
  return handle;
}
