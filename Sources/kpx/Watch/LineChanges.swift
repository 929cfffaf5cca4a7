/// A line of a text beside how it came to be, since an earlier text.
struct MarkedLine: Equatable {
  /// What it is marked with; colour is not needed to tell.
  enum Mark: String {
    case same = " "
    case new = "+"
    case changed = "~"
    case gone = "-"
  }

  var mark: Mark
  var text: String
}

/// The lines of a text as they are shown, where a terminal may have no room for some columns, and in full.
struct ShownLines {
  var shown: [String]
  var full: [String]

  /// The same for both.
  init(_ lines: [String]) { self.init(shown: lines, full: lines) }

  /// Where the two do not have the same lines, only what is shown counts.
  init(shown: [String], full: [String]) {
    self.shown = shown
    self.full = full.count == shown.count ? full : shown
  }
}

extension MarkedLine {
  /// The lines of a text, each with what became of it, and those of an earlier text that are gone, where they were.
  ///
  /// Blanks do not count: they only line columns up.
  static func lines(of now: ShownLines, since before: ShownLines) -> [MarkedLine] {
    let (old, new) = (before.full.map(words), now.full.map(words))
    var (removed, inserted) = (Set<Int>(), Set<Int>())
    for change in new.difference(from: old) {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var lines: [MarkedLine] = []
    var (oldPlace, newPlace) = (0, 0)
    while oldPlace < old.count || newPlace < new.count {
      var (gone, come): ([Int], [Int]) = ([], [])
      while removed.contains(oldPlace) {
        gone.append(oldPlace)
        oldPlace += 1
      }
      while inserted.contains(newPlace) {
        come.append(newPlace)
        newPlace += 1
      }
      let meant = Set(come.map { subject(of: new[$0]) })
      let left = Set(gone.map { subject(of: old[$0]) })
      lines += gone.filter { !meant.contains(subject(of: old[$0])) }.map {
        MarkedLine(mark: .gone, text: before.shown[$0])
      }
      lines += come.map { MarkedLine(mark: left.contains(subject(of: new[$0])) ? .changed : .new, text: now.shown[$0]) }
      guard newPlace < new.count, oldPlace < old.count else { continue }
      lines.append(MarkedLine(mark: .same, text: now.shown[newPlace]))
      oldPlace += 1
      newPlace += 1
    }
    return lines
  }

  private static func words(_ line: String) -> [Substring] { line.split(separator: " ") }

  /// What a line is about: the first address in it, or name with a namespace; else its first word.
  private static func subject(of words: [Substring]) -> Substring {
    words.first { word in
      word.contains(where: \.isNumber) && word.contains { ".:/".contains($0) } && !word.hasSuffix("%")
    } ?? words.first ?? ""
  }
}
