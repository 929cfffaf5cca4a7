#!/bin/bash

__kpx_cursor_index_in_current_word() {
    local remaining="${COMP_LINE}"

    local word
    for word in "${COMP_WORDS[@]::COMP_CWORD}"; do
        remaining="${remaining##*([[:space:]])"${word}"*([[:space:]])}"
    done

    local -ir index="$((COMP_POINT - ${#COMP_LINE} + ${#remaining}))"
    if [[ "${index}" -le 0 ]]; then
        printf 0
    else
        printf %s "${index}"
    fi
}

# positional arguments:
#
# - 1: the current (sub)command's count of positional arguments
#
# required variables:
#
# - repeating_flags: the repeating flags that the current (sub)command can accept
# - non_repeating_flags: the non-repeating flags that the current (sub)command can accept
# - repeating_options: the repeating options that the current (sub)command can accept
# - non_repeating_options: the non-repeating options that the current (sub)command can accept
# - positional_number: value ignored
# - unparsed_words: unparsed words from the current command line
#
# modified variables:
#
# - non_repeating_flags: remove flags for this (sub)command that are already on the command line
# - non_repeating_options: remove options for this (sub)command that are already on the command line
# - positional_number: set to the current positional number
# - unparsed_words: remove all flags, options, and option values for this (sub)command
__kpx_offer_flags_options() {
    local -ir positional_count="${1}"
    positional_number=0

    local was_flag_option_terminator_seen=false
    local is_parsing_option_value=false

    local -ar unparsed_word_indices=("${!unparsed_words[@]}")
    local -i word_index
    for word_index in "${unparsed_word_indices[@]}"; do
        if "${is_parsing_option_value}"; then
            # This word is an option value:
            # Reset marker for next word iff not currently the last word
            [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]] && is_parsing_option_value=false
            unset "unparsed_words[${word_index}]"
            # Do not process this word as a flag or an option
            continue
        fi

        local word="${unparsed_words["${word_index}"]}"
        if ! "${was_flag_option_terminator_seen}"; then
            case "${word}" in
            --)
                unset "unparsed_words[${word_index}]"
                # by itself -- is a flag/option terminator, but if it is the last word, it is the start of a completion
                if [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]]; then
                    was_flag_option_terminator_seen=true
                fi
                continue
                ;;
            -*)
                # ${word} is a flag or an option
                # If ${word} is an option, mark that the next word to be parsed is an option value
                local option
                for option in "${repeating_options[@]}" "${non_repeating_options[@]}"; do
                    [[ "${word}" = "${option}" ]] && is_parsing_option_value=true && break
                done

                # Remove ${word} from ${non_repeating_flags} or ${non_repeating_options} so it isn't offered again
                local not_found=true
                local -i index
                for index in "${!non_repeating_flags[@]}"; do
                    if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                        unset "non_repeating_flags[${index}]"
                        non_repeating_flags=("${non_repeating_flags[@]}")
                        not_found=false
                        break
                    fi
                done
                if "${not_found}"; then
                    for index in "${!non_repeating_flags[@]}"; do
                        if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                            unset "non_repeating_flags[${index}]"
                            non_repeating_flags=("${non_repeating_flags[@]}")
                            break
                        fi
                    done
                fi
                unset "unparsed_words[${word_index}]"
                continue
                ;;
            esac
        fi

        # ${word} is neither a flag, nor an option, nor an option value
        if [[ "${positional_number}" -lt "${positional_count}" || "${positional_count}" -lt 0 ]]; then
            # ${word} is a positional
            ((positional_number++))
            unset "unparsed_words[${word_index}]"
        else
            if [[ -z "${word}" ]]; then
                # Could be completing a flag, option, or subcommand
                positional_number=-1
            else
                # ${word} is a subcommand or invalid, so stop processing this (sub)command
                positional_number=-2
            fi
            break
        fi
    done

    unparsed_words=("${unparsed_words[@]}")

    if\
        ! "${was_flag_option_terminator_seen}"\
        && ! "${is_parsing_option_value}"\
        && [[ ("${cur}" = -* && "${positional_number}" -ge 0) || "${positional_number}" -eq -1 ]]
    then
        COMPREPLY+=($(compgen -W "${repeating_flags[*]} ${non_repeating_flags[*]} ${repeating_options[*]} ${non_repeating_options[*]}" -- "${cur}"))
    fi
}

__kpx_add_completions() {
    local completion
    while IFS='' read -r completion; do
        COMPREPLY+=("${completion}")
    done < <(IFS=$'\n' compgen "${@}" -- "${cur}")
}

__kpx_custom_complete() {
    if [[ -n "${cur}" || -z ${COMP_WORDS[${COMP_CWORD}]} || "${COMP_LINE:${COMP_POINT}:1}" != ' ' ]]; then
        local -ar words=("${COMP_WORDS[@]}")
    else
        local -ar words=("${COMP_WORDS[@]::${COMP_CWORD}}" '' "${COMP_WORDS[@]:${COMP_CWORD}}")
    fi

    PATH="${PATH}:/usr/local/sbin:/usr/sbin:/sbin" "${COMP_WORDS[0]}" "${@}" "${words[@]}" </dev/null 2>/dev/null
}

_kpx() {
    local state
    state="$(shopt -p;shopt -po)"
    trap "${state//$'\n'/;}" RETURN
    shopt -s extglob
    set +o history +o posix

    local -xr SAP_SHELL=bash
    local -x SAP_SHELL_VERSION
    SAP_SHELL_VERSION="$(IFS='.';printf %s "${BASH_VERSINFO[*]}")"
    local -r SAP_SHELL_VERSION

    local -r cur="${2}"
    local -r prev="${3}"

    local -i positional_number
    local -a unparsed_words=("${COMP_WORDS[@]:1:${COMP_CWORD}}")

    local -a repeating_flags=()
    local -a non_repeating_flags=(--version -h --help)
    local -a repeating_options=()
    local -a non_repeating_options=()
    __kpx_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    trace|services|connections|check|explain|diff|veth|exec|chain|ipset|ipvs|snapshot|unredact|version|completion|help)
        # Offer subcommand argument completions
        "_kpx_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'trace services connections check explain diff veth exec chain ipset ipvs snapshot unredact version completion help' -- "${cur}"))
        ;;
    esac
}

_kpx_trace() {
    repeating_flags=()
    non_repeating_flags=(-4 --ipv4 -6 --ipv6 --no-api --insecure-skip-tls-verify --allow-plain-http --push --verify --connections --no-connections --watch -w --graph --version -h --help)
    repeating_options=(--as-group)
    non_repeating_options=(--namespace -n --from --netns --time-limit --api-dump --snapshot --node --proxy-version --kubeconfig --context --server -s --token --certificate-authority --client-certificate --client-key --tls-server-name --request-timeout --as --api-limit --nodes -l --selector --via --image --pod-namespace --parallel --node-timeout --deadline --ssh-user --ssh-config --ssh-address --remote-kpx --output -o --color --interval)
    __kpx_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--namespace'|'-n')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion trace -- --namespace "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--from')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion trace -- --from "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--netns')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion trace -- --netns "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--time-limit')
        return
        ;;
    '--api-dump')
        __kpx_add_completions -f
        return
        ;;
    '--snapshot')
        __kpx_add_completions -f
        return
        ;;
    '--node')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion trace -- --node "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--proxy-version')
        return
        ;;
    '--kubeconfig')
        __kpx_add_completions -f
        return
        ;;
    '--context')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion trace -- --context "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--server'|'-s')
        return
        ;;
    '--token')
        return
        ;;
    '--certificate-authority')
        __kpx_add_completions -f
        return
        ;;
    '--client-certificate')
        __kpx_add_completions -f
        return
        ;;
    '--client-key')
        __kpx_add_completions -f
        return
        ;;
    '--tls-server-name')
        return
        ;;
    '--request-timeout')
        return
        ;;
    '--as')
        return
        ;;
    '--as-group')
        return
        ;;
    '--api-limit')
        return
        ;;
    '--nodes')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion trace -- --nodes "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '-l'|'--selector')
        return
        ;;
    '--via')
        __kpx_add_completions -W 'ssh'$'\n''pods'
        return
        ;;
    '--image')
        return
        ;;
    '--pod-namespace')
        return
        ;;
    '--parallel')
        return
        ;;
    '--node-timeout')
        return
        ;;
    '--deadline')
        return
        ;;
    '--ssh-user')
        return
        ;;
    '--ssh-config')
        __kpx_add_completions -f
        return
        ;;
    '--ssh-address')
        __kpx_add_completions -W 'Hostname'$'\n''InternalDNS'$'\n''InternalIP'$'\n''ExternalDNS'$'\n''ExternalIP'
        return
        ;;
    '--remote-kpx')
        return
        ;;
    '--output'|'-o')
        __kpx_add_completions -W 'text'$'\n''wide'$'\n''name'$'\n''json'$'\n''yaml'
        return
        ;;
    '--color')
        __kpx_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    '--interval')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion trace -- positional@0 "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_kpx_services() {
    repeating_flags=()
    non_repeating_flags=(-A --all-namespaces --problems -4 --ipv4 -6 --ipv6 --no-api --insecure-skip-tls-verify --allow-plain-http --push --no-headers --watch -w --version -h --help)
    repeating_options=(--as-group)
    non_repeating_options=(--namespace -n --netns --time-limit --api-dump --snapshot --node --proxy-version --kubeconfig --context --server -s --token --certificate-authority --client-certificate --client-key --tls-server-name --request-timeout --as --api-limit --nodes -l --selector --via --image --pod-namespace --parallel --node-timeout --deadline --ssh-user --ssh-config --ssh-address --remote-kpx --output -o --color --interval)
    __kpx_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--namespace'|'-n')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion services -- --namespace "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--netns')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion services -- --netns "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--time-limit')
        return
        ;;
    '--api-dump')
        __kpx_add_completions -f
        return
        ;;
    '--snapshot')
        __kpx_add_completions -f
        return
        ;;
    '--node')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion services -- --node "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--proxy-version')
        return
        ;;
    '--kubeconfig')
        __kpx_add_completions -f
        return
        ;;
    '--context')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion services -- --context "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--server'|'-s')
        return
        ;;
    '--token')
        return
        ;;
    '--certificate-authority')
        __kpx_add_completions -f
        return
        ;;
    '--client-certificate')
        __kpx_add_completions -f
        return
        ;;
    '--client-key')
        __kpx_add_completions -f
        return
        ;;
    '--tls-server-name')
        return
        ;;
    '--request-timeout')
        return
        ;;
    '--as')
        return
        ;;
    '--as-group')
        return
        ;;
    '--api-limit')
        return
        ;;
    '--nodes')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion services -- --nodes "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '-l'|'--selector')
        return
        ;;
    '--via')
        __kpx_add_completions -W 'ssh'$'\n''pods'
        return
        ;;
    '--image')
        return
        ;;
    '--pod-namespace')
        return
        ;;
    '--parallel')
        return
        ;;
    '--node-timeout')
        return
        ;;
    '--deadline')
        return
        ;;
    '--ssh-user')
        return
        ;;
    '--ssh-config')
        __kpx_add_completions -f
        return
        ;;
    '--ssh-address')
        __kpx_add_completions -W 'Hostname'$'\n''InternalDNS'$'\n''InternalIP'$'\n''ExternalDNS'$'\n''ExternalIP'
        return
        ;;
    '--remote-kpx')
        return
        ;;
    '--output'|'-o')
        __kpx_add_completions -W 'text'$'\n''wide'$'\n''name'$'\n''json'$'\n''yaml'
        return
        ;;
    '--color')
        __kpx_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    '--interval')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion services -- positional@0 "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_kpx_connections() {
    repeating_flags=()
    non_repeating_flags=(--stale --unanswered -4 --ipv4 -6 --ipv6 --no-api --insecure-skip-tls-verify --allow-plain-http --push --no-headers --watch -w --version -h --help)
    repeating_options=(--as-group)
    non_repeating_options=(--namespace -n --by --top --netns --time-limit --api-dump --snapshot --node --proxy-version --kubeconfig --context --server -s --token --certificate-authority --client-certificate --client-key --tls-server-name --request-timeout --as --api-limit --nodes -l --selector --via --image --pod-namespace --parallel --node-timeout --deadline --ssh-user --ssh-config --ssh-address --remote-kpx --output -o --color --interval)
    __kpx_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--namespace'|'-n')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion connections -- --namespace "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--by')
        __kpx_add_completions -W 'client'$'\n''endpoint'$'\n''service'
        return
        ;;
    '--top')
        return
        ;;
    '--netns')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion connections -- --netns "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--time-limit')
        return
        ;;
    '--api-dump')
        __kpx_add_completions -f
        return
        ;;
    '--snapshot')
        __kpx_add_completions -f
        return
        ;;
    '--node')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion connections -- --node "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--proxy-version')
        return
        ;;
    '--kubeconfig')
        __kpx_add_completions -f
        return
        ;;
    '--context')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion connections -- --context "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--server'|'-s')
        return
        ;;
    '--token')
        return
        ;;
    '--certificate-authority')
        __kpx_add_completions -f
        return
        ;;
    '--client-certificate')
        __kpx_add_completions -f
        return
        ;;
    '--client-key')
        __kpx_add_completions -f
        return
        ;;
    '--tls-server-name')
        return
        ;;
    '--request-timeout')
        return
        ;;
    '--as')
        return
        ;;
    '--as-group')
        return
        ;;
    '--api-limit')
        return
        ;;
    '--nodes')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion connections -- --nodes "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '-l'|'--selector')
        return
        ;;
    '--via')
        __kpx_add_completions -W 'ssh'$'\n''pods'
        return
        ;;
    '--image')
        return
        ;;
    '--pod-namespace')
        return
        ;;
    '--parallel')
        return
        ;;
    '--node-timeout')
        return
        ;;
    '--deadline')
        return
        ;;
    '--ssh-user')
        return
        ;;
    '--ssh-config')
        __kpx_add_completions -f
        return
        ;;
    '--ssh-address')
        __kpx_add_completions -W 'Hostname'$'\n''InternalDNS'$'\n''InternalIP'$'\n''ExternalDNS'$'\n''ExternalIP'
        return
        ;;
    '--remote-kpx')
        return
        ;;
    '--output'|'-o')
        __kpx_add_completions -W 'text'$'\n''wide'$'\n''name'$'\n''json'$'\n''yaml'
        return
        ;;
    '--color')
        __kpx_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    '--interval')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion connections -- positional@0 "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_kpx_check() {
    repeating_flags=()
    non_repeating_flags=(-A --all-namespaces -4 --ipv4 -6 --ipv6 --no-api --insecure-skip-tls-verify --allow-plain-http --push --version -h --help)
    repeating_options=(--ignore --as-group)
    non_repeating_options=(--namespace -n --fail-on --netns --time-limit --api-dump --snapshot --node --proxy-version --kubeconfig --context --server -s --token --certificate-authority --client-certificate --client-key --tls-server-name --request-timeout --as --api-limit --nodes -l --selector --via --image --pod-namespace --parallel --node-timeout --deadline --ssh-user --ssh-config --ssh-address --remote-kpx --output -o --color)
    __kpx_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--namespace'|'-n')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion check -- --namespace "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--fail-on')
        __kpx_add_completions -W 'info'$'\n''warning'$'\n''error'
        return
        ;;
    '--ignore')
        return
        ;;
    '--netns')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion check -- --netns "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--time-limit')
        return
        ;;
    '--api-dump')
        __kpx_add_completions -f
        return
        ;;
    '--snapshot')
        __kpx_add_completions -f
        return
        ;;
    '--node')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion check -- --node "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--proxy-version')
        return
        ;;
    '--kubeconfig')
        __kpx_add_completions -f
        return
        ;;
    '--context')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion check -- --context "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--server'|'-s')
        return
        ;;
    '--token')
        return
        ;;
    '--certificate-authority')
        __kpx_add_completions -f
        return
        ;;
    '--client-certificate')
        __kpx_add_completions -f
        return
        ;;
    '--client-key')
        __kpx_add_completions -f
        return
        ;;
    '--tls-server-name')
        return
        ;;
    '--request-timeout')
        return
        ;;
    '--as')
        return
        ;;
    '--as-group')
        return
        ;;
    '--api-limit')
        return
        ;;
    '--nodes')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion check -- --nodes "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '-l'|'--selector')
        return
        ;;
    '--via')
        __kpx_add_completions -W 'ssh'$'\n''pods'
        return
        ;;
    '--image')
        return
        ;;
    '--pod-namespace')
        return
        ;;
    '--parallel')
        return
        ;;
    '--node-timeout')
        return
        ;;
    '--deadline')
        return
        ;;
    '--ssh-user')
        return
        ;;
    '--ssh-config')
        __kpx_add_completions -f
        return
        ;;
    '--ssh-address')
        __kpx_add_completions -W 'Hostname'$'\n''InternalDNS'$'\n''InternalIP'$'\n''ExternalDNS'$'\n''ExternalIP'
        return
        ;;
    '--remote-kpx')
        return
        ;;
    '--output'|'-o')
        __kpx_add_completions -W 'text'$'\n''wide'$'\n''json'$'\n''yaml'$'\n''junit'$'\n''npd'$'\n''prometheus'
        return
        ;;
    '--color')
        __kpx_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    *)
        __kpx_add_completions -W 'vital-services'$'\n''api-endpoint-stale'$'\n''proxy-stalled'$'\n''forward-blocked'$'\n''firewall-drop-all'$'\n''conntrack-full'$'\n''bridge-nf'$'\n''overlay-blocked'$'\n''cidr-overlap'$'\n''family-gap'$'\n''backend-mixed'$'\n''jump-missing'$'\n''dup-rules'$'\n''mode-leftovers'$'\n''ipvs-missing'$'\n''ipvs-sysctl'$'\n''ipvs-retired'$'\n''ipvs-dummy-drift'$'\n''local-fallback'$'\n''ipvs-drained'$'\n''endpoint-drift'$'\n''reject-shadow'$'\n''verdict-drift'$'\n''affinity-drift'$'\n''masquerade-drift'$'\n''source-range-drift'$'\n''mark-drop-ineffective'$'\n''node-origin'$'\n''connections-lost'$'\n''uneven-shares'$'\n''endpoint-unroutable'$'\n''dropped-by-rule'$'\n''source-excluded'$'\n''delivered-here'$'\n''no-endpoints'$'\n''no-local-endpoints'$'\n''conntrack-stale'$'\n''endpoint-silent'$'\n''hostport-lost'$'\n''nodeport-conflict'$'\n''nodeport-reach'$'\n''affinity'$'\n''hairpin'$'\n''orphan-veth'$'\n''mtu'$'\n''rp-filter'$'\n''masq-gap'$'\n''invalid-drop'$'\n''terminating-only'$'\n''topology-narrowed'$'\n''source-range-drop'
        return
        ;;
    esac
}

_kpx_explain() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--color)
    __kpx_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--color')
        __kpx_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __kpx_add_completions -W 'affinity'$'\n''affinity-drift'$'\n''api-endpoint-stale'$'\n''backend-mixed'$'\n''bridge-nf'$'\n''cidr-overlap'$'\n''connections-lost'$'\n''delivered-here'$'\n''conntrack-full'$'\n''conntrack-stale'$'\n''dropped'$'\n''dropped-by-rule'$'\n''dup-rules'$'\n''endpoint-drift'$'\n''endpoint-silent'$'\n''endpoint-unroutable'$'\n''family-gap'$'\n''firewall-drop-all'$'\n''forward-blocked'$'\n''hairpin'$'\n''hostport-lost'$'\n''ipvs-drained'$'\n''ipvs-dummy-drift'$'\n''invalid-drop'$'\n''ipvs-missing'$'\n''ipvs-retired'$'\n''ipvs-sysctl'$'\n''jump-missing'$'\n''local-fallback'$'\n''mark-drop-ineffective'$'\n''masq-gap'$'\n''masquerade-drift'$'\n''mode-leftovers'$'\n''mtu'$'\n''no-endpoints'$'\n''no-local-endpoints'$'\n''node-origin'$'\n''nodeport-conflict'$'\n''nodeport-reach'$'\n''orphan-veth'$'\n''overlay-blocked'$'\n''proxy-stalled'$'\n''rp-filter'$'\n''reject-shadow'$'\n''reply-elsewhere'$'\n''rejected'$'\n''source-excluded'$'\n''source-range-drift'$'\n''source-range-drop'$'\n''terminating-only'$'\n''topology-narrowed'$'\n''uneven-shares'$'\n''vital-services'$'\n''verdict-drift'$'\n''mode-differences'$'\n''local-without-endpoints'$'\n''local-from-inside'$'\n''own-packets'$'\n''loopback-node-ports'$'\n''node-port-addresses'$'\n''other-ports'$'\n''local-cluster-ips'
        return
        ;;
    esac
}

_kpx_diff() {
    repeating_flags=()
    non_repeating_flags=(-A --all-namespaces --no-api --insecure-skip-tls-verify --allow-plain-http --version -h --help)
    repeating_options=(--as-group)
    non_repeating_options=(--namespace -n --netns --time-limit --api-dump --snapshot --node --proxy-version --kubeconfig --context --server -s --token --certificate-authority --client-certificate --client-key --tls-server-name --request-timeout --as --api-limit --output -o --color)
    __kpx_offer_flags_options 3

    # Offer option value completions
    case "${prev}" in
    '--namespace'|'-n')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion diff -- --namespace "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--netns')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion diff -- --netns "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--time-limit')
        return
        ;;
    '--api-dump')
        __kpx_add_completions -f
        return
        ;;
    '--snapshot')
        __kpx_add_completions -f
        return
        ;;
    '--node')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion diff -- --node "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--proxy-version')
        return
        ;;
    '--kubeconfig')
        __kpx_add_completions -f
        return
        ;;
    '--context')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion diff -- --context "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--server'|'-s')
        return
        ;;
    '--token')
        return
        ;;
    '--certificate-authority')
        __kpx_add_completions -f
        return
        ;;
    '--client-certificate')
        __kpx_add_completions -f
        return
        ;;
    '--client-key')
        __kpx_add_completions -f
        return
        ;;
    '--tls-server-name')
        return
        ;;
    '--request-timeout')
        return
        ;;
    '--as')
        return
        ;;
    '--as-group')
        return
        ;;
    '--api-limit')
        return
        ;;
    '--output'|'-o')
        __kpx_add_completions -W 'text'$'\n''wide'$'\n''name'$'\n''json'$'\n''yaml'
        return
        ;;
    '--color')
        __kpx_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __kpx_add_completions -f
        return
        ;;
    2)
        __kpx_add_completions -f
        return
        ;;
    3)
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion diff -- positional@2 "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_kpx_veth() {
    repeating_flags=()
    non_repeating_flags=(-A --all-namespaces --push --no-runtime --no-headers --watch -w --version -h --help)
    repeating_options=()
    non_repeating_options=(--namespace -n --netns --snapshot --kubeconfig --context --nodes -l --selector --via --image --pod-namespace --parallel --node-timeout --deadline --ssh-user --ssh-config --ssh-address --remote-kpx --runtime-endpoint --api-dump --output -o --color --interval)
    __kpx_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--namespace'|'-n')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion veth -- --namespace "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--netns')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion veth -- --netns "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--snapshot')
        __kpx_add_completions -f
        return
        ;;
    '--kubeconfig')
        __kpx_add_completions -f
        return
        ;;
    '--context')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion veth -- --context "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--nodes')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion veth -- --nodes "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '-l'|'--selector')
        return
        ;;
    '--via')
        __kpx_add_completions -W 'ssh'$'\n''pods'
        return
        ;;
    '--image')
        return
        ;;
    '--pod-namespace')
        return
        ;;
    '--parallel')
        return
        ;;
    '--node-timeout')
        return
        ;;
    '--deadline')
        return
        ;;
    '--ssh-user')
        return
        ;;
    '--ssh-config')
        __kpx_add_completions -f
        return
        ;;
    '--ssh-address')
        __kpx_add_completions -W 'Hostname'$'\n''InternalDNS'$'\n''InternalIP'$'\n''ExternalDNS'$'\n''ExternalIP'
        return
        ;;
    '--remote-kpx')
        return
        ;;
    '--runtime-endpoint')
        __kpx_add_completions -f
        return
        ;;
    '--api-dump')
        __kpx_add_completions -f
        return
        ;;
    '--output'|'-o')
        __kpx_add_completions -W 'text'$'\n''wide'$'\n''name'$'\n''json'$'\n''yaml'
        return
        ;;
    '--color')
        __kpx_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    '--interval')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    *)
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion veth -- positional@0 "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_kpx_exec() {
    repeating_flags=()
    non_repeating_flags=(--mount-resolv --keep-privileges --no-runtime --version -h --help)
    repeating_options=()
    non_repeating_options=(--namespace -n --netns --runtime-endpoint --api-dump)
    __kpx_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--namespace'|'-n')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion exec -- --namespace "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--netns')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion exec -- --netns "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--runtime-endpoint')
        __kpx_add_completions -f
        return
        ;;
    '--api-dump')
        __kpx_add_completions -f
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion exec -- positional@0 "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_kpx_chain() {
    repeating_flags=()
    non_repeating_flags=(--tree -4 --ipv4 -6 --ipv6 --no-api --insecure-skip-tls-verify --allow-plain-http --no-headers --version -h --help)
    repeating_options=(--as-group)
    non_repeating_options=(-t --table --netns --api-dump --snapshot --node --proxy-version --kubeconfig --context --server -s --token --certificate-authority --client-certificate --client-key --tls-server-name --request-timeout --as --api-limit --output -o --color)
    __kpx_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '-t'|'--table')
        __kpx_add_completions -W 'all'$'\n''filter'$'\n''kube-proxy'$'\n''mangle'$'\n''nat'$'\n''raw'$'\n''security'
        return
        ;;
    '--netns')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion chain -- --netns "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--api-dump')
        __kpx_add_completions -f
        return
        ;;
    '--snapshot')
        __kpx_add_completions -f
        return
        ;;
    '--node')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion chain -- --node "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--proxy-version')
        return
        ;;
    '--kubeconfig')
        __kpx_add_completions -f
        return
        ;;
    '--context')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion chain -- --context "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--server'|'-s')
        return
        ;;
    '--token')
        return
        ;;
    '--certificate-authority')
        __kpx_add_completions -f
        return
        ;;
    '--client-certificate')
        __kpx_add_completions -f
        return
        ;;
    '--client-key')
        __kpx_add_completions -f
        return
        ;;
    '--tls-server-name')
        return
        ;;
    '--request-timeout')
        return
        ;;
    '--as')
        return
        ;;
    '--as-group')
        return
        ;;
    '--api-limit')
        return
        ;;
    '--output'|'-o')
        __kpx_add_completions -W 'text'$'\n''wide'$'\n''name'$'\n''json'$'\n''yaml'
        return
        ;;
    '--color')
        __kpx_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion chain -- positional@0 "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_kpx_ipset() {
    repeating_flags=()
    non_repeating_flags=(-t --terse -4 --ipv4 -6 --ipv6 --no-api --insecure-skip-tls-verify --allow-plain-http --verify --version -h --help)
    repeating_options=(--as-group)
    non_repeating_options=(--netns --api-dump --snapshot --node --proxy-version --kubeconfig --context --server -s --token --certificate-authority --client-certificate --client-key --tls-server-name --request-timeout --as --api-limit --output -o --color)
    __kpx_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '--netns')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion ipset -- --netns "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--api-dump')
        __kpx_add_completions -f
        return
        ;;
    '--snapshot')
        __kpx_add_completions -f
        return
        ;;
    '--node')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion ipset -- --node "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--proxy-version')
        return
        ;;
    '--kubeconfig')
        __kpx_add_completions -f
        return
        ;;
    '--context')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion ipset -- --context "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--server'|'-s')
        return
        ;;
    '--token')
        return
        ;;
    '--certificate-authority')
        __kpx_add_completions -f
        return
        ;;
    '--client-certificate')
        __kpx_add_completions -f
        return
        ;;
    '--client-key')
        __kpx_add_completions -f
        return
        ;;
    '--tls-server-name')
        return
        ;;
    '--request-timeout')
        return
        ;;
    '--as')
        return
        ;;
    '--as-group')
        return
        ;;
    '--api-limit')
        return
        ;;
    '--output'|'-o')
        __kpx_add_completions -W 'text'$'\n''wide'$'\n''name'$'\n''json'$'\n''yaml'
        return
        ;;
    '--color')
        __kpx_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion ipset -- positional@0 "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_kpx_ipvs() {
    repeating_flags=()
    non_repeating_flags=(-4 --ipv4 -6 --ipv6 --no-api --insecure-skip-tls-verify --allow-plain-http --version -h --help)
    repeating_options=(--as-group)
    non_repeating_options=(--netns --api-dump --snapshot --node --proxy-version --kubeconfig --context --server -s --token --certificate-authority --client-certificate --client-key --tls-server-name --request-timeout --as --api-limit --output -o --color)
    __kpx_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--netns')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion ipvs -- --netns "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--api-dump')
        __kpx_add_completions -f
        return
        ;;
    '--snapshot')
        __kpx_add_completions -f
        return
        ;;
    '--node')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion ipvs -- --node "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--proxy-version')
        return
        ;;
    '--kubeconfig')
        __kpx_add_completions -f
        return
        ;;
    '--context')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion ipvs -- --context "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--server'|'-s')
        return
        ;;
    '--token')
        return
        ;;
    '--certificate-authority')
        __kpx_add_completions -f
        return
        ;;
    '--client-certificate')
        __kpx_add_completions -f
        return
        ;;
    '--client-key')
        __kpx_add_completions -f
        return
        ;;
    '--tls-server-name')
        return
        ;;
    '--request-timeout')
        return
        ;;
    '--as')
        return
        ;;
    '--as-group')
        return
        ;;
    '--api-limit')
        return
        ;;
    '--output'|'-o')
        __kpx_add_completions -W 'text'$'\n''wide'$'\n''name'$'\n''json'$'\n''yaml'
        return
        ;;
    '--color')
        __kpx_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_kpx_snapshot() {
    repeating_flags=()
    non_repeating_flags=(--connections --redact --no-api --insecure-skip-tls-verify --allow-plain-http --push --version -h --help)
    repeating_options=(--as-group)
    non_repeating_options=(--output -o --key --netns --api-dump --snapshot --node --proxy-version --kubeconfig --context --server -s --token --certificate-authority --client-certificate --client-key --tls-server-name --request-timeout --as --api-limit --nodes -l --selector --via --image --pod-namespace --parallel --node-timeout --deadline --ssh-user --ssh-config --ssh-address --remote-kpx)
    __kpx_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--output'|'-o')
        __kpx_add_completions -f
        return
        ;;
    '--key')
        __kpx_add_completions -f
        return
        ;;
    '--netns')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion snapshot -- --netns "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--api-dump')
        __kpx_add_completions -f
        return
        ;;
    '--snapshot')
        __kpx_add_completions -f
        return
        ;;
    '--node')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion snapshot -- --node "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--proxy-version')
        return
        ;;
    '--kubeconfig')
        __kpx_add_completions -f
        return
        ;;
    '--context')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion snapshot -- --context "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--server'|'-s')
        return
        ;;
    '--token')
        return
        ;;
    '--certificate-authority')
        __kpx_add_completions -f
        return
        ;;
    '--client-certificate')
        __kpx_add_completions -f
        return
        ;;
    '--client-key')
        __kpx_add_completions -f
        return
        ;;
    '--tls-server-name')
        return
        ;;
    '--request-timeout')
        return
        ;;
    '--as')
        return
        ;;
    '--as-group')
        return
        ;;
    '--api-limit')
        return
        ;;
    '--nodes')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion snapshot -- --nodes "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '-l'|'--selector')
        return
        ;;
    '--via')
        __kpx_add_completions -W 'ssh'$'\n''pods'
        return
        ;;
    '--image')
        return
        ;;
    '--pod-namespace')
        return
        ;;
    '--parallel')
        return
        ;;
    '--node-timeout')
        return
        ;;
    '--deadline')
        return
        ;;
    '--ssh-user')
        return
        ;;
    '--ssh-config')
        __kpx_add_completions -f
        return
        ;;
    '--ssh-address')
        __kpx_add_completions -W 'Hostname'$'\n''InternalDNS'$'\n''InternalIP'$'\n''ExternalDNS'$'\n''ExternalIP'
        return
        ;;
    '--remote-kpx')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    *)
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion snapshot -- positional@0 "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_kpx_unredact() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--key --name)
    __kpx_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--key')
        __kpx_add_completions -f
        return
        ;;
    '--name')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __kpx_add_completions -f
        return
        ;;
    esac
}

_kpx_version() {
    repeating_flags=()
    non_repeating_flags=(--no-api --insecure-skip-tls-verify --allow-plain-http --push --version -h --help)
    repeating_options=(--as-group)
    non_repeating_options=(--netns --api-dump --snapshot --node --proxy-version --kubeconfig --context --server -s --token --certificate-authority --client-certificate --client-key --tls-server-name --request-timeout --as --api-limit --nodes -l --selector --via --image --pod-namespace --parallel --node-timeout --deadline --ssh-user --ssh-config --ssh-address --remote-kpx --output -o --color)
    __kpx_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--netns')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion version -- --netns "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--api-dump')
        __kpx_add_completions -f
        return
        ;;
    '--snapshot')
        __kpx_add_completions -f
        return
        ;;
    '--node')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion version -- --node "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--proxy-version')
        return
        ;;
    '--kubeconfig')
        __kpx_add_completions -f
        return
        ;;
    '--context')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion version -- --context "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '--server'|'-s')
        return
        ;;
    '--token')
        return
        ;;
    '--certificate-authority')
        __kpx_add_completions -f
        return
        ;;
    '--client-certificate')
        __kpx_add_completions -f
        return
        ;;
    '--client-key')
        __kpx_add_completions -f
        return
        ;;
    '--tls-server-name')
        return
        ;;
    '--request-timeout')
        return
        ;;
    '--as')
        return
        ;;
    '--as-group')
        return
        ;;
    '--api-limit')
        return
        ;;
    '--nodes')
        __kpx_add_completions -W "$(__kpx_custom_complete ---completion version -- --nodes "${COMP_CWORD}" "$(__kpx_cursor_index_in_current_word)")"
        return
        ;;
    '-l'|'--selector')
        return
        ;;
    '--via')
        __kpx_add_completions -W 'ssh'$'\n''pods'
        return
        ;;
    '--image')
        return
        ;;
    '--pod-namespace')
        return
        ;;
    '--parallel')
        return
        ;;
    '--node-timeout')
        return
        ;;
    '--deadline')
        return
        ;;
    '--ssh-user')
        return
        ;;
    '--ssh-config')
        __kpx_add_completions -f
        return
        ;;
    '--ssh-address')
        __kpx_add_completions -W 'Hostname'$'\n''InternalDNS'$'\n''InternalIP'$'\n''ExternalDNS'$'\n''ExternalIP'
        return
        ;;
    '--remote-kpx')
        return
        ;;
    '--output'|'-o')
        __kpx_add_completions -W 'text'$'\n''wide'$'\n''name'$'\n''json'$'\n''yaml'
        return
        ;;
    '--color')
        __kpx_add_completions -W 'auto'$'\n''always'$'\n''never'
        return
        ;;
    esac
}

_kpx_completion() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __kpx_offer_flags_options 1

    # Offer positional completions
    case "${positional_number}" in
    1)
        __kpx_add_completions -W 'zsh'$'\n''bash'$'\n''fish'
        return
        ;;
    esac
}

_kpx_help() {
    repeating_flags=()
    non_repeating_flags=(--version)
    repeating_options=()
    non_repeating_options=()
    __kpx_offer_flags_options -1
}

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
