// Where the fields of the kernel's structures are, under the kernel's own names: `xt_tcp_option` is offsetof(struct
// xt_tcp, option), `sizeof_xt_tcp` its size. Structures that differ between machines (unsigned long, pointers) are those
// of 64 bits.
#pragma once

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
#include <linux/netfilter/xt_iprange.h>
#include <linux/netfilter/xt_ipvs.h>
#include <linux/netfilter/xt_limit.h>
#include <linux/netfilter/xt_mac.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_nfacct.h>
#include <linux/netfilter/xt_owner.h>
#include <linux/netfilter/xt_physdev.h>
#include <linux/netfilter/xt_socket.h>
#include <linux/netfilter/xt_recent.h>
#include <linux/netfilter/xt_rpfilter.h>
#include <linux/netfilter/xt_sctp.h>
#include <linux/netfilter/xt_set.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_statistic.h>
#include <linux/netfilter/xt_tcpmss.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_ipv4/ipt_REJECT.h>

#define AT(type, field) type##_##field = offsetof(struct type, field)
#define SIZE(type) sizeof_##type = sizeof(struct type)

// Tables
enum {
  // struct xt_entry_target has the same fields.
  SIZE(xt_entry_match),
  xt_entry_match_name = offsetof(struct xt_entry_match, u.user.name),
  xt_entry_match_revision = offsetof(struct xt_entry_match, u.user.revision),
  SIZE(ipt_entry), AT(ipt_entry, target_offset), AT(ipt_entry, next_offset), AT(ipt_entry, counters),
  AT(ipt_ip, src), AT(ipt_ip, dst), AT(ipt_ip, smsk), AT(ipt_ip, dmsk), AT(ipt_ip, iniface), AT(ipt_ip, outiface),
  AT(ipt_ip, iniface_mask), AT(ipt_ip, outiface_mask), AT(ipt_ip, proto), AT(ipt_ip, flags), AT(ipt_ip, invflags),
  SIZE(ip6t_entry), AT(ip6t_entry, target_offset), AT(ip6t_entry, next_offset), AT(ip6t_entry, counters),
  AT(ip6t_ip6, src), AT(ip6t_ip6, dst), AT(ip6t_ip6, smsk), AT(ip6t_ip6, dmsk), AT(ip6t_ip6, iniface),
  AT(ip6t_ip6, outiface), AT(ip6t_ip6, iniface_mask), AT(ip6t_ip6, outiface_mask), AT(ip6t_ip6, proto),
  AT(ip6t_ip6, flags), AT(ip6t_ip6, invflags),
  SIZE(xt_error_target),
  // A macro that computes, which Swift does not see.
  CSYS_XT_RETURN = XT_RETURN,
  SIZE(ipt_getinfo), AT(ipt_getinfo, name), AT(ipt_getinfo, valid_hooks), AT(ipt_getinfo, hook_entry),
  AT(ipt_getinfo, underflow), AT(ipt_getinfo, num_entries), AT(ipt_getinfo, size),
  SIZE(ipt_get_entries), AT(ipt_get_entries, size),
};

// Matches
enum {
  SIZE(xt_tcp), AT(xt_tcp, spts), AT(xt_tcp, dpts), AT(xt_tcp, option), AT(xt_tcp, flg_mask), AT(xt_tcp, flg_cmp),
  AT(xt_tcp, invflags),
  SIZE(xt_udp), AT(xt_udp, spts), AT(xt_udp, dpts), AT(xt_udp, invflags),
  SIZE(xt_sctp_info), AT(xt_sctp_info, dpts), AT(xt_sctp_info, spts), AT(xt_sctp_info, chunkmap),
  AT(xt_sctp_info, chunk_match_type), AT(xt_sctp_info, flag_info), AT(xt_sctp_info, flag_count),
  AT(xt_sctp_info, flags), AT(xt_sctp_info, invflags),
  SIZE(xt_sctp_flag_info), AT(xt_sctp_flag_info, chunktype), AT(xt_sctp_flag_info, flag),
  AT(xt_sctp_flag_info, flag_mask),
  SIZE(xt_multiport),
  SIZE(xt_multiport_v1), AT(xt_multiport_v1, flags), AT(xt_multiport_v1, count), AT(xt_multiport_v1, ports),
  AT(xt_multiport_v1, pflags), AT(xt_multiport_v1, invert),
  SIZE(ipt_icmp), AT(ipt_icmp, type), AT(ipt_icmp, code), AT(ipt_icmp, invflags),
  SIZE(xt_tcpmss_match_info), AT(xt_tcpmss_match_info, mss_min), AT(xt_tcpmss_match_info, mss_max),
  AT(xt_tcpmss_match_info, invert),
  SIZE(xt_comment_info), AT(xt_comment_info, comment),
  SIZE(xt_mark_mtinfo1), AT(xt_mark_mtinfo1, mark), AT(xt_mark_mtinfo1, mask), AT(xt_mark_mtinfo1, invert),
  SIZE(xt_connmark_mtinfo1),
  SIZE(xt_addrtype_info), AT(xt_addrtype_info, source), AT(xt_addrtype_info, dest),
  AT(xt_addrtype_info, invert_source), AT(xt_addrtype_info, invert_dest),
  SIZE(xt_addrtype_info_v1), AT(xt_addrtype_info_v1, source), AT(xt_addrtype_info_v1, dest),
  AT(xt_addrtype_info_v1, flags),
  SIZE(xt_socket_mtinfo1), AT(xt_socket_mtinfo1, flags),
  SIZE(xt_mac_info), AT(xt_mac_info, srcaddr), AT(xt_mac_info, invert),
  SIZE(xt_physdev_info), AT(xt_physdev_info, physindev), AT(xt_physdev_info, in_mask),
  AT(xt_physdev_info, physoutdev), AT(xt_physdev_info, out_mask), AT(xt_physdev_info, invert),
  AT(xt_physdev_info, bitmask),
  SIZE(xt_owner_match_info), AT(xt_owner_match_info, uid_min), AT(xt_owner_match_info, uid_max),
  AT(xt_owner_match_info, gid_min), AT(xt_owner_match_info, gid_max), AT(xt_owner_match_info, match),
  AT(xt_owner_match_info, invert),
  SIZE(xt_rpfilter_info), AT(xt_rpfilter_info, flags),
  SIZE(xt_iprange_mtinfo), AT(xt_iprange_mtinfo, src_min), AT(xt_iprange_mtinfo, src_max),
  AT(xt_iprange_mtinfo, dst_min), AT(xt_iprange_mtinfo, dst_max), AT(xt_iprange_mtinfo, flags),
  SIZE(xt_ipvs_mtinfo), AT(xt_ipvs_mtinfo, vaddr), AT(xt_ipvs_mtinfo, vmask), AT(xt_ipvs_mtinfo, vport),
  AT(xt_ipvs_mtinfo, l4proto), AT(xt_ipvs_mtinfo, fwd_method), AT(xt_ipvs_mtinfo, vportctl),
  AT(xt_ipvs_mtinfo, invert), AT(xt_ipvs_mtinfo, bitmask),
  SIZE(xt_conntrack_mtinfo1), AT(xt_conntrack_mtinfo1, state_mask), AT(xt_conntrack_mtinfo1, status_mask),
  SIZE(xt_conntrack_mtinfo2),
  SIZE(xt_conntrack_mtinfo3), AT(xt_conntrack_mtinfo3, origsrc_addr), AT(xt_conntrack_mtinfo3, origsrc_mask),
  AT(xt_conntrack_mtinfo3, origdst_addr), AT(xt_conntrack_mtinfo3, origdst_mask),
  AT(xt_conntrack_mtinfo3, replsrc_addr), AT(xt_conntrack_mtinfo3, replsrc_mask),
  AT(xt_conntrack_mtinfo3, repldst_addr), AT(xt_conntrack_mtinfo3, repldst_mask),
  AT(xt_conntrack_mtinfo3, expires_min), AT(xt_conntrack_mtinfo3, expires_max), AT(xt_conntrack_mtinfo3, l4proto),
  AT(xt_conntrack_mtinfo3, origsrc_port), AT(xt_conntrack_mtinfo3, origdst_port),
  AT(xt_conntrack_mtinfo3, replsrc_port), AT(xt_conntrack_mtinfo3, repldst_port),
  AT(xt_conntrack_mtinfo3, match_flags), AT(xt_conntrack_mtinfo3, invert_flags),
  AT(xt_conntrack_mtinfo3, state_mask), AT(xt_conntrack_mtinfo3, status_mask),
  AT(xt_conntrack_mtinfo3, origsrc_port_high), AT(xt_conntrack_mtinfo3, origdst_port_high),
  AT(xt_conntrack_mtinfo3, replsrc_port_high), AT(xt_conntrack_mtinfo3, repldst_port_high),
  SIZE(xt_state_info), AT(xt_state_info, statemask),
  SIZE(xt_statistic_info), AT(xt_statistic_info, mode), AT(xt_statistic_info, flags),
  xt_statistic_info_probability = offsetof(struct xt_statistic_info, u.random.probability),
  xt_statistic_info_every = offsetof(struct xt_statistic_info, u.nth.every),
  xt_statistic_info_packet = offsetof(struct xt_statistic_info, u.nth.packet),
  SIZE(xt_recent_mtinfo),
  SIZE(xt_recent_mtinfo_v1), AT(xt_recent_mtinfo_v1, seconds), AT(xt_recent_mtinfo_v1, hit_count),
  AT(xt_recent_mtinfo_v1, check_set), AT(xt_recent_mtinfo_v1, invert), AT(xt_recent_mtinfo_v1, name),
  AT(xt_recent_mtinfo_v1, side), AT(xt_recent_mtinfo_v1, mask),
  SIZE(xt_rateinfo), AT(xt_rateinfo, avg), AT(xt_rateinfo, burst),
  SIZE(xt_nfacct_match_info), AT(xt_nfacct_match_info, name),
  SIZE(xt_nfacct_match_info_v1),
  SIZE(xt_set_info_match_v0), AT(xt_set_info_v0, index),
  xt_set_info_v0_flags = offsetof(struct xt_set_info_v0, u.flags),
  SIZE(xt_set_info_match_v1), AT(xt_set_info, index), AT(xt_set_info, dim), AT(xt_set_info, flags),
  SIZE(xt_set_info_match_v3), AT(xt_set_info_match_v3, packets), AT(xt_set_info_match_v3, bytes),
  AT(xt_set_info_match_v3, flags), AT(ip_set_counter_match0, op), AT(ip_set_counter_match0, value),
  SIZE(xt_set_info_match_v4), AT(xt_set_info_match_v4, packets), AT(xt_set_info_match_v4, bytes),
  AT(xt_set_info_match_v4, flags), AT(ip_set_counter_match, op), AT(ip_set_counter_match, value),
};

// Targets
enum {
  SIZE(nf_nat_ipv4_multi_range_compat), AT(nf_nat_ipv4_multi_range_compat, rangesize),
  AT(nf_nat_ipv4_multi_range_compat, range), AT(nf_nat_ipv4_range, flags), AT(nf_nat_ipv4_range, min_ip),
  AT(nf_nat_ipv4_range, max_ip), AT(nf_nat_ipv4_range, min), AT(nf_nat_ipv4_range, max),
  SIZE(nf_nat_range),
  SIZE(nf_nat_range2), AT(nf_nat_range2, flags), AT(nf_nat_range2, min_addr), AT(nf_nat_range2, max_addr),
  AT(nf_nat_range2, min_proto), AT(nf_nat_range2, max_proto), AT(nf_nat_range2, base_proto),
  SIZE(xt_mark_tginfo2), AT(xt_mark_tginfo2, mark), AT(xt_mark_tginfo2, mask),
  SIZE(xt_connmark_tginfo1), AT(xt_connmark_tginfo1, mode),
  SIZE(xt_connmark_tginfo2), AT(xt_connmark_tginfo2, ctmark), AT(xt_connmark_tginfo2, ctmask),
  AT(xt_connmark_tginfo2, nfmask), AT(xt_connmark_tginfo2, shift_dir), AT(xt_connmark_tginfo2, shift_bits),
  AT(xt_connmark_tginfo2, mode),
  SIZE(ipt_reject_info), AT(ipt_reject_info, with),
  SIZE(xt_log_info), AT(xt_log_info, level), AT(xt_log_info, logflags), AT(xt_log_info, prefix),
  SIZE(xt_nflog_info), AT(xt_nflog_info, len), AT(xt_nflog_info, group), AT(xt_nflog_info, threshold),
  AT(xt_nflog_info, flags), AT(xt_nflog_info, prefix),
  SIZE(xt_ct_target_info),
  SIZE(xt_ct_target_info_v1), AT(xt_ct_target_info_v1, flags), AT(xt_ct_target_info_v1, zone),
  AT(xt_ct_target_info_v1, ct_events), AT(xt_ct_target_info_v1, exp_events), AT(xt_ct_target_info_v1, helper),
  AT(xt_ct_target_info_v1, timeout),
  SIZE(xt_tcpmss_info), AT(xt_tcpmss_info, mss),
  SIZE(xt_tproxy_target_info), AT(xt_tproxy_target_info, lport),
  SIZE(xt_tproxy_target_info_v1), AT(xt_tproxy_target_info_v1, mark_mask), AT(xt_tproxy_target_info_v1, mark_value),
  AT(xt_tproxy_target_info_v1, laddr), AT(xt_tproxy_target_info_v1, lport),
  SIZE(xt_CHECKSUM_info), AT(xt_CHECKSUM_info, operation),
  SIZE(xt_NFQ_info),
  SIZE(xt_NFQ_info_v1),
  SIZE(xt_NFQ_info_v2),
  SIZE(xt_NFQ_info_v3), AT(xt_NFQ_info_v3, queuenum), AT(xt_NFQ_info_v3, queues_total), AT(xt_NFQ_info_v3, flags),
};

#undef AT
#undef SIZE
