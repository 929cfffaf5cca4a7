// The offsets at which Swift reads the kernel's structures, held against the kernel's own headers: a mistake is an
// error of this file. Structures that differ between machines (unsigned long, pointers) are those of 64 bits.
#include "CSys.h"

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/xt_CHECKSUM.h>
#include <linux/netfilter/xt_CONNMARK.h>
#include <linux/netfilter/xt_CT.h>
#include <linux/netfilter/xt_LOG.h>
#include <linux/netfilter/xt_MARK.h>
#include <linux/netfilter/xt_NFLOG.h>
#include <linux/netfilter/xt_NFQUEUE.h>
#include <linux/netfilter/xt_TCPMSS.h>
#include <linux/netfilter/xt_TPROXY.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_comment.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_ipvs.h>
#include <linux/netfilter/xt_limit.h>
#include <linux/netfilter/xt_mac.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_nfacct.h>
#include <linux/netfilter/xt_owner.h>
#include <linux/netfilter/xt_physdev.h>
#include <linux/netfilter/xt_recent.h>
#include <linux/netfilter/xt_rpfilter.h>
#include <linux/netfilter/xt_sctp.h>
#include <linux/netfilter/xt_set.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_statistic.h>
#include <linux/netfilter/xt_tcpmss.h>
#include <linux/netfilter/xt_tcpudp.h>

#define AT(type, field, offset) _Static_assert(offsetof(struct type, field) == (offset), #type "." #field)
// What Swift takes for the smallest payload: up to 7 bytes of padding less than sizeof.
#define SIZE(type, size) \
  _Static_assert(sizeof(struct type) >= (size) && sizeof(struct type) < (size) + 8, "sizeof " #type)

// Tables
SIZE(ipt_entry, 112);
AT(ipt_entry, target_offset, 88);
AT(ipt_entry, next_offset, 90);
AT(ipt_entry, counters, 96);
AT(ipt_ip, smsk, 8);
AT(ipt_ip, iniface, 16);
AT(ipt_ip, outiface, 32);
AT(ipt_ip, iniface_mask, 48);
AT(ipt_ip, outiface_mask, 64);
AT(ipt_ip, proto, 80);
AT(ipt_ip, flags, 82);
AT(ipt_ip, invflags, 83);
SIZE(ip6t_entry, 168);
AT(ip6t_entry, target_offset, 140);
AT(ip6t_entry, next_offset, 142);
AT(ip6t_entry, counters, 152);
AT(ip6t_ip6, smsk, 32);
AT(ip6t_ip6, iniface, 64);
AT(ip6t_ip6, outiface, 80);
AT(ip6t_ip6, iniface_mask, 96);
AT(ip6t_ip6, outiface_mask, 112);
AT(ip6t_ip6, proto, 128);
AT(ip6t_ip6, flags, 131);
AT(ip6t_ip6, invflags, 132);
SIZE(xt_error_target, 64);
AT(xt_error_target, errorname, 32);
SIZE(ipt_getinfo, 84);
AT(ipt_getinfo, hook_entry, 36);
AT(ipt_getinfo, underflow, 56);
AT(ipt_getinfo, size, 80);
AT(ipt_get_entries, size, 32);
_Static_assert(sizeof(struct ipt_get_entries) == 40, "sizeof ipt_get_entries");
_Static_assert(XT_RETURN == -5, "XT_RETURN");

// Matches
SIZE(xt_tcp, 12);
AT(xt_tcp, option, 8);
AT(xt_tcp, invflags, 11);
SIZE(xt_udp, 10);
AT(xt_udp, invflags, 8);
SIZE(xt_sctp_info, 292);
AT(xt_sctp_info, spts, 4);
AT(xt_sctp_info, chunkmap, 8);
AT(xt_sctp_info, chunk_match_type, 264);
AT(xt_sctp_info, flag_info, 268);
AT(xt_sctp_info, flag_count, 280);
AT(xt_sctp_info, flags, 284);
AT(xt_sctp_info, invflags, 288);
SIZE(xt_multiport, 32);
SIZE(xt_multiport_v1, 48);
AT(xt_multiport_v1, ports, 2);
AT(xt_multiport_v1, pflags, 32);
AT(xt_multiport_v1, invert, 47);
SIZE(xt_tcpmss_match_info, 6);
SIZE(xt_comment_info, 256);
SIZE(xt_mark_mtinfo1, 12);
SIZE(xt_connmark_mtinfo1, 12);
SIZE(xt_addrtype_info, 12);
SIZE(xt_addrtype_info_v1, 8);
SIZE(xt_mac_info, 12);
AT(xt_mac_info, invert, 8);
SIZE(xt_physdev_info, 66);
AT(xt_physdev_info, physoutdev, 32);
AT(xt_physdev_info, invert, 64);
SIZE(xt_owner_match_info, 18);
AT(xt_owner_match_info, match, 16);
SIZE(xt_rpfilter_info, 1);
SIZE(xt_ipvs_mtinfo, 40);
AT(xt_ipvs_mtinfo, vport, 32);
AT(xt_ipvs_mtinfo, vportctl, 36);
AT(xt_ipvs_mtinfo, bitmask, 39);
SIZE(xt_conntrack_mtinfo1, 152);
AT(xt_conntrack_mtinfo1, state_mask, 150);
SIZE(xt_conntrack_mtinfo2, 156);
AT(xt_conntrack_mtinfo2, status_mask, 152);
SIZE(xt_conntrack_mtinfo3, 164);
AT(xt_conntrack_mtinfo3, expires_min, 128);
AT(xt_conntrack_mtinfo3, l4proto, 136);
AT(xt_conntrack_mtinfo3, origsrc_port, 138);
AT(xt_conntrack_mtinfo3, match_flags, 146);
AT(xt_conntrack_mtinfo3, state_mask, 150);
AT(xt_conntrack_mtinfo3, origsrc_port_high, 154);
SIZE(xt_state_info, 4);
SIZE(xt_statistic_info, 24);
AT(xt_statistic_info, u, 4);
SIZE(xt_recent_mtinfo, 212);
SIZE(xt_recent_mtinfo_v1, 228);
AT(xt_recent_mtinfo_v1, name, 10);
AT(xt_recent_mtinfo_v1, side, 210);
AT(xt_recent_mtinfo_v1, mask, 212);
SIZE(xt_rateinfo, 40);
SIZE(xt_nfacct_match_info, 40);
SIZE(xt_nfacct_match_info_v1, 40);
SIZE(xt_set_info_match_v0, 32);
SIZE(xt_set_info_match_v1, 4);
SIZE(xt_set_info_match_v3, 48);
AT(xt_set_info_match_v3, packets.value, 16);
AT(xt_set_info_match_v3, bytes, 24);
AT(xt_set_info_match_v3, flags, 40);
SIZE(xt_set_info_match_v4, 48);
AT(xt_set_info_match_v4, packets.op, 16);
AT(xt_set_info_match_v4, bytes, 24);
AT(xt_set_info_match_v4, flags, 40);

// Targets
SIZE(nf_nat_ipv4_multi_range_compat, 20);
AT(nf_nat_ipv4_multi_range_compat, range, 4);
AT(nf_nat_ipv4_range, min_ip, 4);
AT(nf_nat_ipv4_range, min, 12);
SIZE(nf_nat_range, 40);
SIZE(nf_nat_range2, 44);
AT(nf_nat_range2, min_addr, 4);
AT(nf_nat_range2, max_addr, 20);
AT(nf_nat_range2, min_proto, 36);
AT(nf_nat_range2, base_proto, 40);
SIZE(xt_mark_tginfo2, 8);
SIZE(xt_connmark_tginfo1, 13);
AT(xt_connmark_tginfo1, mode, 12);
SIZE(xt_connmark_tginfo2, 15);
AT(xt_connmark_tginfo2, mode, 14);
SIZE(xt_log_info, 32);
AT(xt_log_info, prefix, 2);
SIZE(xt_nflog_info, 76);
AT(xt_nflog_info, group, 4);
AT(xt_nflog_info, prefix, 12);
SIZE(xt_ct_target_info, 40);
SIZE(xt_ct_target_info_v1, 72);
AT(xt_ct_target_info_v1, helper, 12);
AT(xt_ct_target_info_v1, timeout, 28);
SIZE(xt_tcpmss_info, 2);
SIZE(xt_tproxy_target_info, 16);
AT(xt_tproxy_target_info, lport, 12);
SIZE(xt_tproxy_target_info_v1, 28);
AT(xt_tproxy_target_info_v1, laddr, 8);
AT(xt_tproxy_target_info_v1, lport, 24);
SIZE(xt_CHECKSUM_info, 1);
SIZE(xt_NFQ_info, 2);
SIZE(xt_NFQ_info_v1, 4);
SIZE(xt_NFQ_info_v2, 6);
SIZE(xt_NFQ_info_v3, 6);
