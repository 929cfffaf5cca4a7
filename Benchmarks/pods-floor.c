// pods-floor PID COUNT: the system calls by which one pod is found by a process id, and nothing else, COUNT times.
//
// The process' namespace and cgroup, its pod's folder of logs (KPX_POD_LOGS), its links and addresses by the id of its
// namespace, and of each pair's end on the node the link, and its bridge or its route. To ask by an id is the least, and
// not what kpx does: it gives the asking namespace an id for itself.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int sock;
static uint32_t sequence;
static unsigned char buffer[32768];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

struct request {
  struct nlmsghdr header;
  unsigned char body[128];
};

static void attribute(struct request *request, int type, const void *value, size_t length) {
  struct rtattr *rta = (struct rtattr *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));
  rta->rta_type = (unsigned short)type;
  rta->rta_len = (unsigned short)RTA_LENGTH(length);
  memcpy(RTA_DATA(rta), value, length);
  request->header.nlmsg_len = NLMSG_ALIGN(request->header.nlmsg_len) + RTA_ALIGN(rta->rta_len);
}

static struct request begin(int type, int dump, size_t header) {
  struct request request = {.header = {.nlmsg_len = (uint32_t)NLMSG_SPACE(header), .nlmsg_type = (uint16_t)type,
                                       .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (dump ? NLM_F_DUMP : 0))}};
  return request;
}

static void ask(struct request *request, void (*body)(struct nlmsghdr *message, void *context), void *context) {
  request->header.nlmsg_seq = ++sequence;
  if (send(sock, request, request->header.nlmsg_len, 0) < 0) fail("send");
  for (;;) {
    ssize_t length = recv(sock, buffer, sizeof buffer, 0);
    if (length < 0) fail("recv");
    for (struct nlmsghdr *message = (struct nlmsghdr *)buffer; NLMSG_OK(message, length);
         message = NLMSG_NEXT(message, length)) {
      if (message->nlmsg_type == NLMSG_DONE) return;
      if (message->nlmsg_type == NLMSG_ERROR) {
        errno = -((struct nlmsgerr *)NLMSG_DATA(message))->error;
        fail("netlink");
      }
      body(message, context);
      if (!(message->nlmsg_flags & NLM_F_MULTI)) return;
    }
  }
}

static struct rtattr *find(struct nlmsghdr *message, size_t header, int type) {
  struct rtattr *rta = (struct rtattr *)((char *)NLMSG_DATA(message) + NLMSG_ALIGN(header));
  int left = (int)(message->nlmsg_len - NLMSG_SPACE(header));
  for (; RTA_OK(rta, left); rta = RTA_NEXT(rta, left))
    if (rta->rta_type == type) return rta;
  return NULL;
}

static void take_id(struct nlmsghdr *message, void *context) {
  struct rtattr *id = find(message, 4, NETNSA_NSID);
  *(int32_t *)context = id ? *(int32_t *)RTA_DATA(id) : -1;
}

struct found {
  int32_t peers[16];
  int peer_count;
  unsigned char addresses[16][16];
  int families[16];
  int address_count;
  int32_t master;
};

static void take_link(struct nlmsghdr *message, void *context) {
  struct found *found = context;
  struct rtattr *link = find(message, sizeof(struct ifinfomsg), IFLA_LINK);
  struct rtattr *master = find(message, sizeof(struct ifinfomsg), IFLA_MASTER);
  if (link && found->peer_count < 16) found->peers[found->peer_count++] = *(int32_t *)RTA_DATA(link);
  found->master = master ? *(int32_t *)RTA_DATA(master) : 0;
}

static void take_address(struct nlmsghdr *message, void *context) {
  struct found *found = context;
  struct ifaddrmsg *header = NLMSG_DATA(message);
  struct rtattr *address = find(message, sizeof *header, IFA_ADDRESS);
  if (!address || header->ifa_scope != RT_SCOPE_UNIVERSE || found->address_count == 16) return;
  memcpy(found->addresses[found->address_count], RTA_DATA(address), RTA_PAYLOAD(address));
  found->families[found->address_count++] = header->ifa_family;
}

static void ignore(struct nlmsghdr *message, void *context) { (void)message, (void)context; }

static int32_t namespace_id(int descriptor) {
  int32_t id = -1;
  struct request request = begin(RTM_GETNSID, 0, 4);
  attribute(&request, NETNSA_FD, &descriptor, sizeof descriptor);
  ask(&request, take_id, &id);
  return id;
}

static void read_identity(const char *pid) {
  char path[64], text[65536];
  snprintf(path, sizeof path, "/proc/%s/cgroup", pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length < 0) fail(path);
  text[length] = 0;
  char *pod = strstr(text, "/pod"), uid[40] = "_";
  if (!pod) exit(2);
  memcpy(uid + 1, pod + 4, 36);
  DIR *folder = opendir(getenv("KPX_POD_LOGS"));
  if (!folder) fail("KPX_POD_LOGS");
  struct dirent *entry;
  int known = 0;
  while (!known && (entry = readdir(folder))) {
    size_t size = strlen(entry->d_name);
    known = size > 37 && strcmp(entry->d_name + size - 37, uid) == 0;
  }
  closedir(folder);
  if (!known) exit(3);
}

static void once(const char *pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/ns/net", pid);
  int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), on = 1;
  sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  struct sockaddr_nl any = {.nl_family = AF_NETLINK};
  if (sock < 0 || bind(sock, (struct sockaddr *)&any, sizeof any) != 0) fail("socket");
  setsockopt(sock, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  read_identity(pid);
  struct stat status;
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 || fstat(descriptor, &status) != 0) fail(path);
  int32_t id = namespace_id(descriptor);
  if (id < 0) exit(4);

  struct found pod = {0};
  struct request links = begin(RTM_GETLINK, 1, sizeof(struct ifinfomsg));
  attribute(&links, IFLA_TARGET_NETNSID, &id, sizeof id);
  ask(&links, take_link, &pod);
  struct request addresses = begin(RTM_GETADDR, 1, sizeof(struct ifaddrmsg));
  attribute(&addresses, IFA_TARGET_NETNSID, &id, sizeof id);
  ask(&addresses, take_address, &pod);
  namespace_id(own);
  for (int i = 0; i < pod.peer_count; i++) {
    struct found host = {0};
    struct request link = begin(RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    ((struct ifinfomsg *)link.body)->ifi_index = pod.peers[i];
    ask(&link, take_link, &host);
    if (host.master) {
      struct request bridge = begin(RTM_GETLINK, 0, sizeof(struct ifinfomsg));
      ((struct ifinfomsg *)bridge.body)->ifi_index = host.master;
      ask(&bridge, ignore, NULL);
      continue;
    }
    for (int k = 0; k < pod.address_count; k++) {
      size_t size = pod.families[k] == AF_INET ? 4 : 16;
      struct request route = begin(RTM_GETROUTE, 0, sizeof(struct rtmsg));
      struct rtmsg *header = (struct rtmsg *)route.body;
      header->rtm_family = (unsigned char)pod.families[k];
      header->rtm_dst_len = (unsigned char)(size * 8);
      header->rtm_flags = RTM_F_FIB_MATCH;
      attribute(&route, RTA_DST, pod.addresses[k], size);
      ask(&route, ignore, NULL);
    }
  }
  close(descriptor);
  close(own);
  close(sock);
}

int main(int argc, char **argv) {
  if (argc != 3) return 64;
  for (int i = atoi(argv[2]); i > 0; i--) once(argv[1]);
  return 0;
}
