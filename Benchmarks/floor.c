// The kernel's floor: reads legacy tables with the two system calls that there are for it, and does nothing else.
// What a tracer costs on top of this is the tracer's own.
//
//   floor 4|6 TABLE…
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

// The two families' structures differ in nothing that is used here, and the option numbers are the same.
_Static_assert(sizeof(struct ipt_getinfo) == sizeof(struct ip6t_getinfo), "ipt_getinfo");
_Static_assert(sizeof(struct ipt_get_entries) == sizeof(struct ip6t_get_entries), "ipt_get_entries");
_Static_assert(IPT_SO_GET_INFO == IP6T_SO_GET_INFO && IPT_SO_GET_ENTRIES == IP6T_SO_GET_ENTRIES, "options");

static int fail(const char *doing, const char *table) {
  fprintf(stderr, "floor: %s %s: %s\n", doing, table, strerror(errno));
  return 1;
}

int main(int count, char **arguments) {
  if (count < 3 || (strcmp(arguments[1], "4") != 0 && strcmp(arguments[1], "6") != 0)) {
    fprintf(stderr, "usage: floor 4|6 TABLE...\n");
    return 64;
  }
  int six = arguments[1][0] == '6';
  int level = six ? IPPROTO_IPV6 : IPPROTO_IP;
  int descriptor = socket(six ? AF_INET6 : AF_INET, SOCK_RAW, IPPROTO_RAW);
  if (descriptor < 0) return fail("socket", "");

  for (int i = 2; i < count; i++) {
    struct ipt_getinfo info = {0};
    socklen_t length = sizeof info;
    strncpy(info.name, arguments[i], sizeof info.name - 1);
    if (getsockopt(descriptor, level, IPT_SO_GET_INFO, &info, &length) != 0) return fail("info of", arguments[i]);

    length = sizeof(struct ipt_get_entries) + info.size;
    struct ipt_get_entries *entries = malloc(length);
    if (!entries) return fail("memory for", arguments[i]);
    memset(entries, 0, sizeof *entries);
    strcpy(entries->name, info.name);
    entries->size = info.size;
    if (getsockopt(descriptor, level, IPT_SO_GET_ENTRIES, entries, &length) != 0)
      return fail("entries of", arguments[i]);
    // Not freed: unmapping a large table costs time, and exiting gives it back all the same.
  }
  return 0;
}
