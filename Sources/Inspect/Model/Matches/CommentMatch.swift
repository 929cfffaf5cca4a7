import CSys

/// `-m comment`: struct xt_comment_info.
enum CommentMatch {
  static let decoders: [XTables.Decoder<Match>] = [
    .init(name: "comment", revision: 0, size: sizeof_xt_comment_info) { p in
      .comment(p.string(xt_comment_info_comment, capacity: sizeof_xt_comment_info))
    }
  ]

  static func append(_ comment: String, to text: inout String) {
    text += " -m comment --comment"
    text.addQuoted(comment)
  }
}
