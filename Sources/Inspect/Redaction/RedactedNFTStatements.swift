import CSys

// Expressions that have names: of sets, of objects, of extensions, and what they log.
extension RedactedNFTables {
  /// What asks a set.
  func lookup(_ expression: NFTExpression, _ table: Table, _ writer: inout MessageWriter) throws -> Bool {
    if let name = try expression.setName {
      let place = Place(table: table, name: name)
      guard sets[place] != nil, !unclear.contains(place) else { return false }
    }
    var attributes = expression.attributes
    while let attribute = try attributes.next() {
      switch (expression.name, UInt32(attribute.type)) {
      case ("lookup", NFTA_LOOKUP_SET.rawValue), ("dynset", NFTA_DYNSET_SET_NAME.rawValue),
        ("objref", NFTA_OBJREF_SET_NAME.rawValue):
        writer.append(attribute.type, text: redactor.chains.nftSet(attribute.string))
      case ("objref", NFTA_OBJREF_IMM_NAME.rawValue):
        writer.append(attribute.type, text: redactor.names.pseudonym(attribute.string, .object))
      case ("lookup", NFTA_LOOKUP_SET_ID.rawValue), ("dynset", NFTA_DYNSET_SET_ID.rawValue),
        ("objref", NFTA_OBJREF_SET_ID.rawValue):
        break
      case ("dynset", NFTA_DYNSET_EXPR.rawValue): try nameAlone(attribute, &writer)
      case ("dynset", NFTA_DYNSET_EXPRESSIONS.rawValue):
        var list = attribute.nested
        try writer.nest(attribute.type) { writer in
          while let element = try list.next() { try nameAlone(element, &writer) }
        }
      default: redactor.copyNumber(attribute, &writer)
      }
    }
    return true
  }

  private func nameAlone(_ attribute: NetlinkAttribute, _ writer: inout MessageWriter) throws {
    let name = try attribute.nested.string(NFTA_EXPR_NAME) ?? ""
    writer.nest(attribute.type) {
      $0.append(NFTA_EXPR_NAME, text: Redactor.isKernelName(name) ? name : Self.leftOut)
    }
  }

  func extensionOfXTables(
    _ expression: NFTExpression, _ builder: NFTRuleBuilder, _ writer: inout MessageWriter
  ) throws -> Bool {
    // NFTA_MATCH_* and NFTA_TARGET_* have the same numbers.
    guard let family = builder.family, let name = try expression.attributes.string(NFTA_MATCH_NAME),
      let revision = UInt8(exactly: try expression.attributes.be32(NFTA_MATCH_REV, "revision") ?? 0),
      let info = try expression.attributes.first(NFTA_MATCH_INFO)
    else { return false }
    let redacted = RedactedExtension(
      name: name, revision: revision, payload: info.bytes, family: family, isMatch: expression.name == "match", redactor
    )
    writer.append(NFTA_MATCH_NAME, text: redacted.name)
    writer.append(NFTA_MATCH_REV, be32: UInt32(redacted.revision))
    writer.append(NFTA_MATCH_INFO, redacted.payload)
    return true
  }

  func log(_ expression: NFTExpression, _ writer: inout MessageWriter) throws -> Bool {
    var attributes = expression.attributes
    while let attribute = try attributes.next() {
      if attribute.type == NFTA_LOG_PREFIX.rawValue {
        writer.append(attribute.type, text: redactor.text(attribute.string))
      } else {
        redactor.copyNumber(attribute, &writer)
      }
    }
    return true
  }
}
