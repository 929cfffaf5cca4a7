/// This kpx, to be run on nodes that have none: compressed, and written there to a folder that goes with it.
public struct PushedProgram: Sendable {
  /// As gzip writes it.
  let content: [UInt8]

  /// No program of kpx's is larger.
  private static let largest = 1 << 28

  /// Reads the program that runs.
  public init() throws(SessionError) {
    do {
      content = try Gzip.compressed(NodeFile.content("/proc/self/exe", limit: Self.largest).bytes)
    } catch {
      throw .other("kpx's own program cannot be read: \(error)")
    }
  }

  // MARK: - On its way

  /// What dd(1) reads at a time. A question ends where a block does, so that what is behind it is not read with it.
  private static let block = 1 << 16

  /// The question, blanks up to the end of a block, and the program.
  func behind(_ question: [[UInt8]]) -> [[UInt8]] {
    let rest = question.reduce(0) { $0 + $1.count } % Self.block
    return question
      + [[UInt8](repeating: UInt8(ascii: " "), count: (Self.block - rest) % Self.block), content]
      .filter { !$0.isEmpty }
  }

  /// What a shell does with that, in double quotes at most: the program is written where a program may be run, answers, and goes,
  /// also where the connection ends before.
  func script(question size: Int) -> String {
    """
    umask 077; \
    for folder in "$XDG_RUNTIME_DIR" /dev/shm /run /var/tmp /tmp; do \
    place=$(mktemp -d "$folder/kpx.XXXXXXXX" 2>/dev/null) || continue; \
    trap "rm -rf $place" EXIT; trap "exit 129" HUP INT TERM; \
    echo "#!/bin/sh" >"$place/kpx"; chmod 700 "$place/kpx"; "$place/kpx" 2>/dev/null && break; \
    rm -rf "$place"; place=; \
    done; \
    test -n "$place" || { echo "no folder may have a program" >&2; exit 1; }; \
    dd bs=\(Self.block) count=\((size + Self.block - 1) / Self.block) iflag=fullblock >"$place/question" 2>/dev/null && \
    gzip -dc >"$place/kpx" || { echo "kpx could not be written to $place" >&2; exit 1; }; \
    if test "$(id -u)" = 0; then sudo=; else sudo="sudo -n"; fi; \
    $sudo "$place/kpx" answer <"$place/question"
    """
  }
}
