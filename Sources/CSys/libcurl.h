// libcurl, as loaded from the node.
#pragma once

#include <curl/curl.h>

struct csys_curl {
  CURLcode (*global_init)(long flags);
  CURL *(*easy_init)(void);
  CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...);
  CURLcode (*easy_perform)(CURL *handle);
  CURLcode (*easy_getinfo)(CURL *handle, CURLINFO info, ...);
  void (*easy_cleanup)(CURL *handle);
  CURLM *(*multi_init)(void);
  CURLMcode (*multi_setopt)(CURLM *multi, CURLMoption option, ...);
  CURLMcode (*multi_add_handle)(CURLM *multi, CURL *handle);
  CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *handle);
  CURLMcode (*multi_perform)(CURLM *multi, int *running);
  CURLMcode (*multi_wait)(CURLM *multi, struct curl_waitfd extra[], unsigned count, int timeout_ms, int *ready);
  CURLMsg *(*multi_info_read)(CURLM *multi, int *left);
  CURLMcode (*multi_cleanup)(CURLM *multi);
  struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
  void (*slist_free_all)(struct curl_slist *list);
};

/// Its functions, after csys_curl_load has answered 1.
extern __attribute__((visibility("hidden"))) struct csys_curl curl;

/// Loads libcurl at the first call and never before: kpx starts on a node that has none. 1, or 0 without one.
int csys_curl_load(void);

/// A handle for http, or for http and https. NULL without memory.
CURL *csys_curl_handle(int allows_https);
