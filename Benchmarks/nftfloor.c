// The kernel's floor on nf_tables: dumps the rules of one chain with one request, and does nothing else.
// What a tracer costs on top of this is the tracer's own.
//
//   nftfloor ip|ip6 TABLE CHAIN
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

static int fail(const char *doing) {
  fprintf(stderr, "nftfloor: %s: %s\n", doing, strerror(errno));
  return 1;
}

// Appends a text attribute.
static void append(struct nlmsghdr *header, uint16_t type, const char *text) {
  struct nlattr *attribute = (struct nlattr *)((char *)header + NLMSG_ALIGN(header->nlmsg_len));
  attribute->nla_type = type;
  attribute->nla_len = NLA_HDRLEN + strlen(text) + 1;
  strcpy((char *)attribute + NLA_HDRLEN, text);
  header->nlmsg_len = NLMSG_ALIGN(header->nlmsg_len) + NLA_ALIGN(attribute->nla_len);
}

int main(int count, char **arguments) {
  if (count != 4 || strlen(arguments[2]) > 255 || strlen(arguments[3]) > 255) {
    fprintf(stderr, "usage: nftfloor ip|ip6 TABLE CHAIN\n");
    return 64;
  }
  static char request[1024] __attribute__((aligned(4)));
  struct nlmsghdr *header = (struct nlmsghdr *)request;
  header->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE;
  header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  header->nlmsg_len = NLMSG_LENGTH(sizeof(struct nfgenmsg));
  struct nfgenmsg *family = NLMSG_DATA(header);
  family->nfgen_family = strcmp(arguments[1], "ip6") == 0 ? NFPROTO_IPV6 : NFPROTO_IPV4;
  append(header, NFTA_RULE_TABLE, arguments[2]);
  append(header, NFTA_RULE_CHAIN, arguments[3]);

  int descriptor = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
  if (descriptor < 0) return fail("socket");
  if (send(descriptor, request, header->nlmsg_len, 0) < 0) return fail("send");

  // The kernel fills at most 32 KiB at a time.
  static char buffer[32768] __attribute__((aligned(4)));
  unsigned long rules = 0;
  for (;;) {
    ssize_t length = recv(descriptor, buffer, sizeof buffer, 0);
    if (length < 0) return fail("recv");
    for (struct nlmsghdr *message = (struct nlmsghdr *)buffer; NLMSG_OK(message, length);
         message = NLMSG_NEXT(message, length)) {
      if (message->nlmsg_type == NLMSG_DONE) {
        printf("%lu rules\n", rules);
        return rules > 0 ? 0 : 1;
      }
      if (message->nlmsg_type == NLMSG_ERROR) {
        errno = -((struct nlmsgerr *)NLMSG_DATA(message))->error;
        return fail("rules");
      }
      rules++;
    }
  }
}
