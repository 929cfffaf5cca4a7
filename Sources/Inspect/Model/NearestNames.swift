/// The names nearest to one that does not exist: few letters apart, or with the same last part.
public func nearest(to name: String, in names: [String]) -> [String] {
  let last = { (name: String) in name.split(separator: "/").last.map(String.init) ?? name }
  let close = names.map { ($0, min(distance(name, $0), last($0) == last(name) ? 1 : .max)) }
  return close.filter { $0.1 <= max(2, name.count / 4) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(3).map(\.0)
}

/// The question for names that may have been meant; nil where there are none.
public func didYouMean(_ names: [String]) -> String? {
  names.isEmpty ? nil : "did you mean \(names.joined(separator: ", "))?"
}

/// Names in a row, and how many are left out where there are many.
func shortened(_ names: [String], to limit: Int = 20) -> String {
  let shown = names.prefix(limit).joined(separator: ", ")
  return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
}

/// Letters to insert, delete or replace to come from one name to another (Levenshtein).
private func distance(_ left: String, _ right: String) -> Int {
  let left = Array(left.utf8)
  var row = Array(0...right.utf8.count)
  for (i, a) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, b) in right.utf8.enumerated() {
      let above = row[j + 1]
      row[j + 1] = a == b ? diagonal : 1 + min(diagonal, above, row[j])
      diagonal = above
    }
  }
  return row[right.utf8.count]
}
