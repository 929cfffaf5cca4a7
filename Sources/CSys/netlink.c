#include "CSys.h"

#include <errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

// The kernel fills a dump's datagrams up to 32 KiB and no further (NLMSG_GOODSIZE limits apply to the
// reader's buffer); a smaller buffer makes it restart the walk more often, a larger one gains nothing.
enum { BUFFER_SIZE = 32 * 1024 };

int csys_netlink(int protocol, void *request, size_t length,
                 int (*receive)(void *context, const void *datagram, size_t length), void *context) {
  struct nl_sock *socket = nl_socket_alloc();
  if (!socket) return -ENOMEM;
  int result = 0;
  unsigned char *buffer = malloc(BUFFER_SIZE);
  if (!buffer) {
    result = -ENOMEM;
    goto done;
  }
  if (nl_connect(socket, protocol) < 0) {
    result = errno ? -errno : -EPROTONOSUPPORT;
    goto done;
  }
  struct nlmsghdr *header = request;
  header->nlmsg_len = (uint32_t)length;
  header->nlmsg_flags |= NLM_F_REQUEST;
  header->nlmsg_seq = nl_socket_use_seq(socket);
  header->nlmsg_pid = nl_socket_get_local_port(socket);
  if (nl_sendto(socket, request, length) < 0) {
    result = -errno;
    goto done;
  }
  for (int more = 1; more;) {
    ssize_t received = recv(nl_socket_get_fd(socket), buffer, BUFFER_SIZE, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) {
      result = -errno;
      break;
    }
    if (received == 0) break;
    more = receive(context, buffer, (size_t)received);
  }
done:
  free(buffer);
  nl_socket_free(socket);
  return result;
}

struct csys_netlink_socket {
  int descriptor;
  uint32_t sequence;
  unsigned char buffer[BUFFER_SIZE];
};

// Without libnl, whose five calls for sizes of buffers and a port number cost more than a small namespace's addresses:
// the kernel's own sizes are as good, and it gives a socket a port with its first message.
struct csys_netlink_socket *csys_netlink_open(int protocol, int *error) {
  struct csys_netlink_socket *self = malloc(sizeof *self);
  if (!self) {
    *error = ENOMEM;
    return NULL;
  }
  self->sequence = 0;
  self->descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (self->descriptor < 0) {
    *error = errno;
    free(self);
    return NULL;
  }
  return self;
}

int csys_netlink_send(struct csys_netlink_socket *self, void *request, size_t length, uint32_t *sequence) {
  struct nlmsghdr *header = request;
  if (length < sizeof *header) return -EINVAL;
  header->nlmsg_len = (uint32_t)length;
  header->nlmsg_flags |= NLM_F_REQUEST;
  header->nlmsg_seq = *sequence = ++self->sequence;
  header->nlmsg_pid = 0;
  const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  for (;;) {
    if (sendto(self->descriptor, request, length, 0, (const struct sockaddr *)&kernel, sizeof kernel) >= 0) return 0;
    if (errno != EINTR) return -errno;
  }
}

ssize_t csys_netlink_receive(struct csys_netlink_socket *self, const void **datagram) {
  for (;;) {
    struct sockaddr_nl sender = {0};
    socklen_t size = sizeof sender;
    ssize_t received = recvfrom(self->descriptor, self->buffer, BUFFER_SIZE, MSG_TRUNC, (struct sockaddr *)&sender, &size);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) return -errno;
    if (received > BUFFER_SIZE) return -EMSGSIZE;
    // Any process may send to a netlink socket; only port 0 is the kernel.
    if (sender.nl_pid != 0) continue;
    *datagram = self->buffer;
    return received;
  }
}

void csys_netlink_close(struct csys_netlink_socket *self) {
  if (!self) return;
  close(self->descriptor);
  free(self);
}

int csys_netlink_set_strict(struct csys_netlink_socket *self) {
  int on = 1;
  // NETLINK_GET_STRICT_CHK, since Linux 4.20.
  return setsockopt(self->descriptor, SOL_NETLINK, 12, &on, sizeof on) == 0 ? 0 : -errno;
}
