import ArgumentParser

/// A shell's completion script: what swift-argument-parser generates of the commands and options, with what it has no words
/// for: names that others follow, and the command line of another program.
struct CompletionScript {
  /// A text of the generated script, which is there once, and what takes its place.
  struct Change {
    var old: String
    var new: String
  }

  /// A change does not fit what is generated, as after an update of swift-argument-parser.
  struct Misfit: Error {
    var old: String
  }

  let text: String

  init(for shell: CompletionShell) throws(Misfit) {
    var text = Kpx.completionScript(for: shell)
    for change in Self.changes(shell) {
      let places = text.ranges(of: change.old)
      guard places.count == 1 else { throw Misfit(old: change.old) }
      text.replaceSubrange(places[0], with: change.new)
    }
    self.text = text + "\n"
  }

  private static func changes(_ shell: CompletionShell) -> [Change] {
    switch shell {
    case .bash: bash
    case .zsh: zsh
    case .fish: fish
    default: []
    }
  }

  /// Ordinary users often do not have these in PATH, and complete `sudo kpx`.
  private static let folders = ["/usr/local/sbin", "/usr/sbin", "/sbin"]

  private static let bash = [
    Change(
      old: #"    "${COMP_WORDS[0]}" "${@}" "${words[@]}""#,
      new: #"""
            PATH="${PATH}:\#(folders.joined(separator: ":"))" "${COMP_WORDS[0]}" "${@}" "${words[@]}" </dev/null 2>/dev/null
        """#),
    Change(
      old: "complete -o filenames -F _kpx kpx",
      new: #"""
        # Behind -- of exec stands the command line of another program. _command_offset is bash-completion's.
        __kpx_complete_line() {
            local -i index
            if [[ "${COMP_WORDS[1]}" = exec ]]; then
                for ((index = 2; index < COMP_CWORD; index++)); do
                    [[ "${COMP_WORDS[index]}" = -- ]] || continue
                    if declare -F _command_offset >/dev/null; then
                        _command_offset "$((index + 1))"
                    elif ((index + 1 == COMP_CWORD)); then
                        COMPREPLY=($(compgen -c -- "${2}"))
                    else
                        COMPREPLY=($(compgen -f -- "${2}"))
                    fi
                    return
                done
            fi
            _kpx "${@}"
            # A namespace is followed by a name in it, a folder by a file.
            [[ "${#COMPREPLY[@]}" -eq 1 && "${COMPREPLY[0]}" = */ ]] && compopt -o nospace
            return 0
        }

        complete -o filenames -F __kpx_complete_line kpx
        """#),
  ]

  private static let zsh = [
    Change(
      old: #"    completions=("${(@f)"$("${command_name}" "${@}" "${command_line[@]}")"}")"#,
      new: #"""
            completions=("${(@f)"$(path+=(\#(folders.joined(separator: " "))); "${command_name}" "${@}" "${command_line[@]}" </dev/null 2>/dev/null)"}")
        """#),
    // A namespace is followed by a name in it, a folder by a file: no space comes behind their slash.
    Change(
      old: #"    _describe -V '' non_empty_completions -- empty_completions -P $'\'\''"#,
      new: #"""
            local -ar open_completions=("${(M)@:#*/}")
            local -ar whole_completions=("${non_empty_completions[@]:#*/}")
            _describe -V '' open_completions -S '' -- whole_completions -- empty_completions -P $'\'\''
        """#),
    // Behind -- of exec stands the command line of another program. As words of this one they would keep options from being
    // completed that follow the pod.
    Change(old: "        '*:command:'\n", new: ""),
    Change(
      old: """
        _kpx() {
            emulate -RL zsh -G

        """,
      new: """
        _kpx() {
            local -i program="${words[(i)--]}"
            if [[ "${words[2]}" = exec ]] && ((program < CURRENT)); then
                shift "${program}" words
                ((CURRENT -= program))
                _normal
                return
            fi

            emulate -RL zsh -G

        """),
  ]

  private static let fish =
    [
      "flags_or_options -a expected_commands",
      "positional -a expected_commands positional_index_comparison expected_positional_index",
    ].map(quickCondition)
    + [
      Change(
        old: "    command $tokens[1] $argv $tokens\n",
        new: """
              set -lx PATH $PATH \(folders.joined(separator: " "))
              command $tokens[1] $argv $tokens </dev/null 2>/dev/null

          """),
      // Behind -- of exec stands the command line of another program.
      Change(
        old: "complete -c 'kpx' -f\n",
        new: """
          function __kpx_is_in_program
              set -l tokens (__kpx_tokens -pc)
              test "$tokens[2]" = exec; and contains -- -- $tokens
          end

          function __kpx_complete_program
              set -l tokens (__kpx_tokens -pc)
              set -l place (contains -i -- -- $tokens)
              set -l program (string escape -- $tokens[(math $place + 1)..])
              complete -C (string join ' ' -- $program (commandline -ct))
          end

          complete -c 'kpx' -f
          complete -c 'kpx' -n '__kpx_is_in_program' -xa '(__kpx_complete_program)'

          """),
    ]

  /// fish asks for each option of each command whether it may stand here, of which the generated functions look through the
  /// whole line: 200 ms in all. Nearly all of them are of other commands.
  private static func quickCondition(_ parameters: String) -> Change {
    let start = "function __kpx_should_offer_completions_for_\(parameters)\n"
    return Change(
      old: start,
      new: start + """
            set -l typed (__kpx_tokens -pc)
            test "$expected_commands" = kpx -o "$expected_commands" = "kpx $typed[2]"; or return 1

        """)
  }
}
