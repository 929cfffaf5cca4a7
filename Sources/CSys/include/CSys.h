// The kernel's own headers, and the few functions that Swift cannot reach by itself.
//
// Order matters: the C library's network headers come first, or the kernel's headers define the same
// structures again and Swift sees two different types. The libraries' own headers (libnl, libmd) stay in
// this target's .c files.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <netinet/in.h>
#include <net/if.h>

#include <linux/netfilter.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_acct.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_hook.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/if_addr.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>

#include "ipset.h"
#include "layouts.h"

/// Has threads share what is freed, and large blocks go back to the kernel. By itself glibc keeps what one thread has freed for that
/// one, and large blocks for blocks to come (mallopt(3)).
void csys_give_freed_memory_back(void);

/// Enters the network namespace of an open descriptor. For the calling thread only. 0, or an errno.
int csys_setns_net(int fd);

/// The user namespace that owns the namespace of an open descriptor: a descriptor to be closed, or -errno. Since Linux 4.9.
int csys_owner_of_namespace(int fd);

/// Whether the calling thread holds a capability (CAP_NET_ADMIN, CAP_NET_RAW, …) effectively. 1, 0, or -errno.
int csys_has_capability(int capability);

/// Gives the calling thread, for good, a user's rights to files and no capability. The process and its other threads stay
/// as they are. 0, or an errno.
int csys_read_as(uid_t user, gid_t group, size_t count, const gid_t *groups);

/// Waits for a thread's end, so many milliseconds at most. 0, or an errno: ETIMEDOUT while it is at work.
int csys_join(pthread_t thread, long milliseconds);

/// From now on a signal that ends the process (SIGINT, SIGTERM, SIGHUP, SIGQUIT) has this text, of less than 1024 bytes,
/// written to standard error first; with NULL nothing any more. The process ends by the signal all the same. 0, or an errno.
int csys_restore_at_end(const char *text);

/// From now on the first of these signals waits, so that what was begun can be cleaned up; a second one ends the process at once.
void csys_postpone_end(void);

/// The signal that waits; 0: none came.
int csys_end_is_due(void);

/// No signal waits any more: one that came ends the process here.
void csys_end_if_due(void);

/// Whether an open file is one of the kernel's namespaces (NSFS_MAGIC).
int csys_is_namespace(int fd);

/// A pipe's two ends, reading first, which no program inherits. 0, or -1 with errno.
int csys_pipe(int ends[2]);

/// A file that is on no disk and that no program inherits; -1 with errno.
int csys_memory_file(void);

/// Has a process group killed when SIGHUP, SIGINT, SIGQUIT or SIGTERM ends this process, where one of these would; 0:
/// no longer.
void csys_end_with_process(pid_t group);

/// Gives up every capability of the calling thread that is no bit of `kept`, for good: what is executed does not get it
/// back, whoever runs it. 0, or an errno.
int csys_keep_capabilities(uint64_t kept);

/// Moves the calling thread into a mount namespace of its own, where the node's mounts arrive and none leaves. 0, or an
/// errno.
int csys_unshare_mounts(void);

/// Puts an empty file system in memory over a folder, or takes it away again; what is bound elsewhere stays. 0, or an
/// errno.
int csys_cover(const char *folder);
int csys_uncover(const char *folder);

/// Mounts over /sys what is of the calling thread's network namespace (/sys/class/net), and keeps what else is mounted below.
/// 0, or an errno.
int csys_mount_sysfs(void);

/// Shows `source` at `target` as well. 0, or an errno.
int csys_bind_mount(const char *source, const char *target);

/// Opens a file for reading as a process with the folder `root` for its root would: symbolic links lead nowhere else.
/// A descriptor, or -errno (-ENOSYS before Linux 5.6).
int csys_open_in_root(int root, const char *path);

/// SHA-256 of `length` bytes into 32 bytes.
void csys_sha256(const void *bytes, size_t length, uint8_t digest[32]);

/// What an HTTP client presents and whom it trusts. Pointers may be NULL; the bytes are copied.
struct csys_http_identity {
  /// Certificates (PEM) of the authorities that are trusted, and no others; NULL: the system's.
  const void *authorities;
  size_t authorities_length;
  /// The client's certificate chain and its key (PEM).
  const void *certificate;
  size_t certificate_length;
  const void *key;
  size_t key_length;
  /// Whether anyone is trusted.
  int insecure;
};

/// How a request ended.
enum {
  CSYS_HTTP_OK = 0,
  CSYS_HTTP_TIMED_OUT,
  CSYS_HTTP_UNKNOWN_HOST,
  CSYS_HTTP_PROXY,
  CSYS_HTTP_NO_CONNECTION,
  CSYS_HTTP_UNTRUSTED,
  CSYS_HTTP_BAD_AUTHORITIES,
  CSYS_HTTP_BAD_CERTIFICATE,
  CSYS_HTTP_NO_TLS,
  CSYS_HTTP_TRUNCATED,
  CSYS_HTTP_TOO_LARGE,
  CSYS_HTTP_CANCELLED,
  CSYS_HTTP_NO_MEMORY,
  CSYS_HTTP_OTHER,
};

/// One request, and how it ended.
struct csys_http_request {
  const char *url;
  /// Such as "POST"; NULL: GET.
  const char *method;
  /// What is sent along; NULL: nothing.
  const void *body;
  size_t body_length;
  /// Lines "Name: value", the last one NULL; or NULL. They go to the server and to no proxy.
  const char *const *headers;
  /// The proxy's URL; NULL: none, whatever the environment says.
  const char *proxy;
  /// "HOST:PORT:OTHER:PORT": connect to OTHER for HOST; or NULL.
  const char *connect_to;
  long connect_timeout_ms;
  /// For all of it.
  long timeout_ms;
  /// Whether it is given up, with EINTR, where a signal waits that ends the process.
  int is_given_up;
  /// The largest body, after unpacking.
  size_t max_bytes;
  /// Takes the body in parts, until it answers 0.
  int (*receive)(void *context, const void *bytes, size_t length);
  /// Takes the answer's header line by line; or NULL.
  void (*header)(void *context, const char *bytes, size_t length);
  void *context;
  // The answer:
  int result;
  long status;
  /// libcurl's own words where it failed, if it has some.
  char message[256];
};

/// Connections to servers, by libcurl, which is loaded at the first call.
struct csys_http;

/// `identity` may be NULL. On failure NULL and an errno: ENOSYS where there is no libcurl.
struct csys_http *csys_http_open(const struct csys_http_identity *identity, int *failure);
void csys_http_close(struct csys_http *http);

/// Performs requests at the same time, on the calling thread and so in its network namespace, and returns when all have
/// ended. Follows no redirect. Connections stay open for later requests.
///
/// Returns 0 with each request's `result` set, or an errno.
int csys_http_perform(struct csys_http *http, struct csys_http_request *requests, size_t count);

/// One GET of a plain URL, without a proxy.
///
/// Calls `receive` with the body in parts until it answers 0. Returns 0 with the response's `status`, or -ENOSYS where
/// there is no libcurl, -ECONNREFUSED, -ETIMEDOUT, -EMSGSIZE for more than `max_bytes`, or another negative errno.
int csys_http_get(const char *url, long timeout_ms, size_t max_bytes,
                  int (*receive)(void *context, const void *bytes, size_t length), void *context, long *status);

/// A netlink socket that stays open for several requests, with a receive buffer of 32 KiB.
struct csys_netlink_socket;

/// Opens a socket of `protocol` in the calling thread's network namespace. NULL, and `*error` an errno.
struct csys_netlink_socket *csys_netlink_open(int protocol, int *error);

/// Sends one whole message; its length, sequence number, port and NLM_F_REQUEST are set here. 0, or -errno.
int csys_netlink_send(struct csys_netlink_socket *socket, void *request, size_t length, uint32_t *sequence);

/// Waits for the kernel's next datagram. Its length, or -errno; `*datagram` is good until the next call.
ssize_t csys_netlink_receive(struct csys_netlink_socket *socket, const void **datagram);

/// Throws away what is left of the kernel's answers. It makes them when they are received, and so nothing is waited for.
void csys_netlink_discard(struct csys_netlink_socket *socket);

/// The socket's descriptor, to set options.
int csys_netlink_descriptor(const struct csys_netlink_socket *socket);

/// Closes the socket and frees its buffer.
void csys_netlink_close(struct csys_netlink_socket *socket);

/// What a part of a YAML text is. CSYS_YAML_END closes a sequence or a mapping.
enum {
  CSYS_YAML_OTHER,
  CSYS_YAML_DOCUMENT,
  CSYS_YAML_SCALAR,
  CSYS_YAML_ALIAS,
  CSYS_YAML_SEQUENCE,
  CSYS_YAML_MAPPING,
  CSYS_YAML_END,
};

/// A part of a YAML text. Pointers live as long as the call.
struct csys_yaml_event {
  int kind;
  /// A scalar's text.
  const char *value;
  size_t length;
  /// Whether a scalar is neither quoted nor tagged: then it may mean null or a number.
  int is_plain;
  /// The anchor that names it, or that an alias refers to; NULL without one.
  const char *anchor;
  /// From 1.
  size_t line;
};

/// Reads YAML by libyaml, and calls `receive` with each part until it answers 0.
///
/// Returns 0; EINVAL with a constant text and a line where the text is no YAML; ENOMEM.
int csys_yaml_parse(const void *bytes, size_t length,
                    int (*receive)(void *context, const struct csys_yaml_event *event), void *context,
                    const char **problem, size_t *line);

/// A way to a server on a unix socket: by plain HTTP/1.1, or by HTTP/2 as gRPC speaks it.
struct csys_unix_http;

/// Makes ready to talk to the server of `socket_path`, by libcurl, which is loaded at the first call. NULL, and `*error`
/// ENOSYS where there is no libcurl, or another errno.
struct csys_unix_http *csys_unix_http_open(const char *socket_path, int is_grpc, int *error);

/// Closes the connection.
void csys_unix_http_close(struct csys_unix_http *connection);

/// A POST of `body` to `path`, or a GET where it is NULL. Ends within `timeout_ms`.
///
/// Calls `receive` with header lines (HTTP/2's trailers among them) and parts of the body until it answers 0. Returns 0
/// with the response's `status`, or -ECONNREFUSED, -ETIMEDOUT, -EMSGSIZE for more than `max_bytes`, -EPROTO for what is
/// no answer of such a server, or another negative errno.
int csys_unix_http_send(struct csys_unix_http *connection, const char *path, const void *body, size_t length,
                        long timeout_ms, size_t max_bytes,
                        int (*receive)(void *context, int is_header, const void *bytes, size_t length),
                        void *context, long *status);

// A file compressed with gzip, by zlib; one that is read may be uncompressed, too.
struct csys_gzip;
// Takes the descriptor over. `level` is 1 (fast) to 9 for a file to be written, 0 for one to be read. NULL without memory.
struct csys_gzip *csys_gzip_open(int descriptor, int level);
// Writes all of the bytes. Returns 0, or an error number.
int csys_gzip_write(struct csys_gzip *file, const void *bytes, size_t length);
// Reads up to `length` bytes; fewer only at the end. Returns their number, or a negative error number: EBADMSG where the
// file is damaged or cut off.
ssize_t csys_gzip_read(struct csys_gzip *file, void *bytes, size_t length);
// Ends the file and closes it. Returns 0, or an error number. To be called once.
int csys_gzip_close(struct csys_gzip *file);

/// SHA-1 of `length` bytes into 20 bytes.
void csys_sha1(const void *bytes, size_t length, uint8_t digest[20]);

/// Neither libip4tc.so.2 nor libip6tc.so.2, whichever was asked for, can be loaded.
enum { CSYS_IPTC_MISSING = 1 };

/// Reads a legacy table by libip4tc's (AF_INET) or libip6tc's (AF_INET6) own iteration.
///
/// Calls `chain` for each chain (`policy` is NULL for one that is not built in) and `rule` for each of its rules, with
/// the library's copy of the struct ipt_entry or ip6t_entry and the name of its target ("" for none), until one of
/// them answers 0. The library makes a table that does not exist: ask only for one that does.
///
/// Returns 0, CSYS_IPTC_MISSING, or a negative errno of the library's init.
int csys_iptc_walk(int family, const char *table,
                   int (*chain)(void *context, const char *name, const char *policy, uint64_t packets, uint64_t bytes),
                   int (*rule)(void *context, const void *entry, size_t length, const char *target), void *context);
