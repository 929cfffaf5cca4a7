#include "CSys.h"

#include <errno.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <sys/socket.h>

// The kernel fills a dump's datagrams up to 32 KiB and no further (NLMSG_GOODSIZE limits apply to the
// reader's buffer); a smaller buffer makes it restart the walk more often, a larger one gains nothing.
enum { BUFFER_SIZE = 32 * 1024 };

struct csys_netlink_socket {
  struct nl_sock *socket;
  unsigned char buffer[BUFFER_SIZE];
};

struct csys_netlink_socket *csys_netlink_open(int protocol, int *error) {
  *error = ENOMEM;
  struct csys_netlink_socket *self = malloc(sizeof *self);
  if (!self) return NULL;
  self->socket = nl_socket_alloc();
  if (self->socket) {
    errno = 0;
    if (nl_connect(self->socket, protocol) >= 0) return self;
    *error = errno ? errno : EPROTONOSUPPORT;
  }
  csys_netlink_close(self);
  return NULL;
}

int csys_netlink_send(struct csys_netlink_socket *self, void *request, size_t length, uint32_t *sequence) {
  struct nlmsghdr *header = request;
  if (length < sizeof *header) return -EINVAL;
  header->nlmsg_len = (uint32_t)length;
  header->nlmsg_flags |= NLM_F_REQUEST;
  header->nlmsg_seq = *sequence = nl_socket_use_seq(self->socket);
  header->nlmsg_pid = nl_socket_get_local_port(self->socket);
  while (nl_sendto(self->socket, request, length) < 0)
    if (errno != EINTR) return -errno;
  return 0;
}

// Without nl_recv, which takes memory for each datagram anew.
ssize_t csys_netlink_receive(struct csys_netlink_socket *self, const void **datagram) {
  for (;;) {
    struct sockaddr_nl sender = {0};
    socklen_t size = sizeof sender;
    ssize_t received = recvfrom(nl_socket_get_fd(self->socket), self->buffer, BUFFER_SIZE, MSG_TRUNC,
                                (struct sockaddr *)&sender, &size);
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
  nl_socket_free(self->socket);
  free(self);
}

int csys_netlink_descriptor(const struct csys_netlink_socket *self) { return nl_socket_get_fd(self->socket); }

void csys_netlink_discard(struct csys_netlink_socket *self) {
  // Lost messages (ENOBUFS) were to be thrown away, too.
  while (recv(nl_socket_get_fd(self->socket), self->buffer, BUFFER_SIZE, MSG_DONTWAIT) >= 0 || errno == EINTR ||
         errno == ENOBUFS)
    ;
}
