import TestSupport
import Testing

@testable import Inspect

#if canImport(Glibc)
  import Glibc
#endif

@Suite(
  "Names that root leaves for who completes without root",
  .enabled(if: geteuid() == 0, "needs root, whose names alone count"))
struct LeftNamesTests {
  private let run: ScratchDirectory
  private let names: LeftNames
  private var folder: String { "\(run.path)/kpx" }

  init() throws {
    run = try ScratchDirectory()
    chmod(run.path, 0o755)
    names = LeftNames(in: run.path)
  }

  private func status(_ path: String) -> stat {
    var status = stat()
    lstat(path, &status)
    return status
  }

  @Test("What is left is read back, and everybody may read it, and root alone write")
  func there() {
    #expect(names.read(.services) == [])
    let mask = umask(0o077)
    names.leave(["yaobank/summary", "default/kubernetes"], .services, all: .all)
    umask(mask)
    #expect(names.read(.services) == ["default/kubernetes", "yaobank/summary"])
    #expect(names.read(.pods) == [])
    #expect(status(folder).st_mode & 0o7777 == 0o755)
    #expect(status("\(folder)/services").st_mode & 0o7777 == 0o644)
  }

  @Test("A whole list takes the place of what it is all of, and single names are added")
  func scopes() {
    names.leave(["a/one", "b/two"], .services, all: .all)
    names.leave(["b/three"], .services, all: .some)
    #expect(names.read(.services) == ["a/one", "b/three", "b/two"])
    names.leave(["b/four"], .services, all: .namespace("b"))
    #expect(names.read(.services) == ["a/one", "b/four"])
    names.leave([], .services, all: .all)
    #expect(names.read(.services) == [])
  }

  @Test(
    "What is no name is neither left nor read",
    arguments: [
      "yaobank", "a/b/c", "/b", "a/", "Yao/bank", "a/$(reboot)", "a/b c", "a/b;c", "../b\u{1b}[2J", "a/*", "a/b\\",
      "a/\(String(repeating: "b", count: 254))",
    ])
  func hostileNames(name: String) throws {
    names.leave([name, "a/b"], .services, all: .all)
    #expect(names.read(.services) == ["a/b"])
    try run.write("kpx/services", "\(name)\na/b\n")
    #expect(names.read(.services) == ["a/b"])
  }

  @Test("Sets are named as ipset names them, up to 31 letters")
  func sets() {
    let longest = String(repeating: "s", count: 31)
    names.leave(["KUBE-CLUSTER-IP", "cali40s:_x", longest, longest + "s", "a b", "`id`"], .sets, all: .all)
    #expect(names.read(.sets) == ["KUBE-CLUSTER-IP", "cali40s:_x", longest])
  }

  @Test(
    "A file or folder that somebody else owns or may write is neither read nor written",
    arguments: ["own file", "own folder", "group", "others", "folder for all", "link", "folder is a link", "pipe"])
  func hostileFiles(how: String) throws {
    names.leave(["a/b"], .services, all: .all)
    let file = "\(folder)/services"
    switch how {
    case "own file": chown(file, 1000, 1000)
    case "own folder": chown(folder, 1000, 1000)
    case "group": chmod(file, 0o664)
    case "others": chmod(file, 0o646)
    case "folder for all": chmod(folder, 0o1777)
    case "link":
      rename(file, "\(run.path)/elsewhere")
      symlink("\(run.path)/elsewhere", file)
    case "folder is a link":
      rename(folder, "\(run.path)/elsewhere")
      symlink("\(run.path)/elsewhere", folder)
    default:
      unlink(file)
      mkfifo(file, 0o644)
    }
    #expect(names.read(.services) == [])
    let isFolders = how.contains("folder")
    names.leave(["c/d"], .services, all: .some)
    // In a folder that is root's, root puts a file of its own in the other's place, and follows no link.
    #expect(names.read(.services) == (isFolders ? [] : ["c/d"]))
    if how.contains("link") {
      let kept = isFolders ? "\(run.path)/elsewhere/services" : "\(run.path)/elsewhere"
      #expect(try readFile(kept).map { String(decoding: $0, as: UTF8.self) } == "a/b\n")
    }
  }

  @Test("What is too long is cut at a name's end, and too long a file is not read")
  func size() throws {
    let many = (0..<30_000).map { "namespace-\($0)/a-service-with-a-long-name-\($0)" }
    names.leave(many, .services, all: .all)
    let read = names.read(.services)
    #expect(read.count > 10_000 && read.count < many.count && Set(read).isSubset(of: many))
    #expect(status("\(folder)/services").st_size <= 1 << 20)
    try run.write("kpx/services", String(repeating: "a/b\n", count: 1 << 18) + "a/b\n")
    #expect(names.read(.services) == [])
  }

  @Test("Nothing is left where the folder above is not root's alone, and no draft stays behind")
  func elsewhere() throws {
    names.leave(["a/b"], .services, all: .all)
    #expect(try succeed(["ls", "-A", folder]) == "services\n")
    let open = try ScratchDirectory()
    chmod(open.path, 0o1777)
    LeftNames(in: open.path).leave(["a/b"], .services, all: .all)
    #expect(try succeed(["ls", "-A", open.path]).isEmpty)
    LeftNames(in: "\(run.path)/none").leave(["a/b"], .services, all: .all)
  }
}
