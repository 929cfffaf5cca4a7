@testable import Inspect
@testable import kpx

/// Lists all chains of a node as they stand, and as a tree.
func list(_ node: any Node) {
  for isTree in [false, true] {
    attempt {
      var query = ChainQuery()
      query.table = .all
      query.isTree = isTree
      let listing = ChainListing(
        answeringNode: AnsweringNode(name: "node1", kernel: nil), node: node, names: AddressNames(nil), query: query)
      var text = ChainText(terminal: terminal, hasHeadings: true)
      var document = ChainDocument(node: listing.answeringNode)
      try listing.forEach {
        text.add($0)
        document.add($0)
      }
      // nft indents by tabs.
      checkPrintable(text.text.replacing("\t", with: " "))
      check(try Document(document.list))
    }
  }
}
