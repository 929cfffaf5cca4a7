function __kpx_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __kpx_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __kpx_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __kpx_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __kpx_parse_tokens -S
    set -l unparsed_tokens (__kpx_tokens -pc)
    switch $unparsed_tokens[1]
    case 'kpx'
        __kpx_parse_subcommand 0 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'trace'
            __kpx_parse_subcommand 1 'n/namespace=' 'from=' 'netns=' '4/ipv4' '6/ipv6' 'time-limit=' 'api-dump=' 'no-api' 'node=' 'proxy-version=' 'kubeconfig=' 'context=' 's/server=' 'token=' 'certificate-authority=' 'client-certificate=' 'client-key=' 'insecure-skip-tls-verify' 'allow-plain-http' 'tls-server-name=' 'request-timeout=' 'as=' 'as-group=+' 'api-limit=' 'verify' 'o/output=' 'color=' 'graph' 'version' 'h/help'
        case 'services'
            __kpx_parse_subcommand 0 'n/namespace=' 'A/all-namespaces' 'netns=' '4/ipv4' '6/ipv6' 'time-limit=' 'api-dump=' 'no-api' 'node=' 'proxy-version=' 'kubeconfig=' 'context=' 's/server=' 'token=' 'certificate-authority=' 'client-certificate=' 'client-key=' 'insecure-skip-tls-verify' 'allow-plain-http' 'tls-server-name=' 'request-timeout=' 'as=' 'as-group=+' 'api-limit=' 'no-headers' 'o/output=' 'color=' 'version' 'h/help'
        case 'veth'
            __kpx_parse_subcommand 1 'n/namespace=' 'netns=' 'runtime-endpoint=' 'no-runtime' 'api-dump=' 'no-headers' 'o/output=' 'color=' 'version' 'h/help'
        case 'exec'
            __kpx_parse_subcommand -r 2 'n/namespace=' 'mount-resolv' 'keep-privileges' 'netns=' 'runtime-endpoint=' 'no-runtime' 'api-dump=' 'version' 'h/help'
        case 'ipset'
            __kpx_parse_subcommand 2 't/terse' 'netns=' '4/ipv4' '6/ipv6' 'api-dump=' 'no-api' 'node=' 'proxy-version=' 'kubeconfig=' 'context=' 's/server=' 'token=' 'certificate-authority=' 'client-certificate=' 'client-key=' 'insecure-skip-tls-verify' 'allow-plain-http' 'tls-server-name=' 'request-timeout=' 'as=' 'as-group=+' 'api-limit=' 'verify' 'o/output=' 'color=' 'version' 'h/help'
        case 'ipvs'
            __kpx_parse_subcommand 1 'netns=' '4/ipv4' '6/ipv6' 'api-dump=' 'no-api' 'node=' 'proxy-version=' 'kubeconfig=' 'context=' 's/server=' 'token=' 'certificate-authority=' 'client-certificate=' 'client-key=' 'insecure-skip-tls-verify' 'allow-plain-http' 'tls-server-name=' 'request-timeout=' 'as=' 'as-group=+' 'api-limit=' 'o/output=' 'color=' 'version' 'h/help'
        case 'help'
            __kpx_parse_subcommand -r 1 'version'
        end
    end
end

function __kpx_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __kpx_parse_subcommand -S -a positional_count
    argparse -s r -- $argv
    set -l option_specs $argv[2..]
    set -l is_repeating_positional $_flag_r
    set -el _flag_r
    set -a commands $unparsed_tokens[1]
    set positional_index 0
    while true
        set -e unparsed_tokens[1]
        argparse -sn "$commands" $option_specs -- $unparsed_tokens 2> /dev/null
        set unparsed_tokens $argv
        set positional_index (math $positional_index + 1)
        for non_repeating_flag_or_option in $non_repeating_flags_or_options
            if set -ql "_flag_$(string replace -a - _ -- $non_repeating_flag_or_option)"
                set non_repeating_flags_or_options_absent 1
                break
            end
        end
        test (count $unparsed_tokens) -eq 0 -o \( -z "$is_repeating_positional" -a "$positional_index" -gt "$positional_count" \) && break
    end
end

function __kpx_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __kpx_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__kpx_tokens -p)
    if test -z "$(__kpx_tokens -t)"
        set -l index (count (__kpx_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'kpx' -f
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'trace' -d 'How this node forwards a service: from each of its addresses to the endpoints.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'services' -d 'The services programmed on this node: addresses, endpoints and verdicts.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'veth' -d 'Which interface of this node belongs to which pod, and the other way round.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'exec' -d 'Run a program of this node in a pod\'s network namespace.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'ipset' -d 'The kernel\'s ipsets, with the service or pod behind each member.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'ipvs' -d 'IPVS\'s virtual services and real servers, with the service and pod behind each.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" n namespace' -l 'namespace' -s 'n' -d 'The service\'s namespace, if the argument names none (default: the context\'s, or \'default\')' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" from' -l 'from' -d 'Follow one packet from POD, NAMESPACE/POD, an address, node (this node) or external (outside the cluster)' -rfka 'node external'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" netns' -l 'netns' -d 'Use another network namespace: an \'ip netns\' name, a path or a process id' -rfa '(__kpx_complete_directories)'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" 4 ipv4' -s '4' -l 'ipv4' -d 'Show only IPv4'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" 6 ipv6' -s '6' -l 'ipv6' -d 'Show only IPv6'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" time-limit' -l 'time-limit' -d 'CPU time limit for evaluating rules, in seconds (default: 10 for a trace, 60 for a list). What is not known by then is reported as uncertain' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" api-dump' -l 'api-dump' -d 'Use the output of \'kubectl get services,endpointslices,pods,nodes -A -o json\' instead of the API: a file, or a directory of files' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" no-api' -l 'no-api' -d 'Do not contact the API server; use only the kernel\'s rules'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" node' -l 'node' -d 'This node\'s name in the API (default: by the kubelet\'s certificate, address or host name)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" proxy-version' -l 'proxy-version' -d 'kube-proxy\'s version on this node, such as 1.34 (default: asked from kube-proxy, or inferred from its rules)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" kubeconfig' -l 'kubeconfig' -d 'The kubeconfig to use (default: KUBECONFIG, ~/.kube/config, then the node\'s own credentials)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" context' -l 'context' -d 'The kubeconfig context to use' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" s server' -l 'server' -s 's' -d 'The API server\'s URL' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" token' -l 'token' -d 'Bearer token for the API server; other users can see it in the process list' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" certificate-authority' -l 'certificate-authority' -d 'CA certificates to verify the API server with' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" client-certificate' -l 'client-certificate' -d 'Client certificate' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" client-key' -l 'client-key' -d 'Client certificate\'s key' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" insecure-skip-tls-verify' -l 'insecure-skip-tls-verify' -d 'Do not verify the server\'s certificate. Insecure: anyone on the path can read the credential'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" allow-plain-http' -l 'allow-plain-http' -d 'Send the credential to http:// servers, too. Insecure: anyone on the path can read it'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" tls-server-name' -l 'tls-server-name' -d 'Name to expect in the server\'s certificate, if it differs from the URL\'s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" request-timeout' -l 'request-timeout' -d 'Time limit for all API requests together, such as 500ms, 2s or 1m; 0 for none' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" as' -l 'as' -d 'User to impersonate' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace"' -l 'as-group' -d 'Group to impersonate; can be repeated' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" api-limit' -l 'api-limit' -d 'Limit for all that the API sends in one run, in MiB' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" verify' -l 'verify' -d 'Read the rules a second time, through libip4tc and libip6tc or by iptables-nft and nft, and compare'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" o output' -l 'output' -s 'o' -d 'How to write the answer' -rfka 'text wide json yaml'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" color' -l 'color' -d 'When to colour; by default NO_COLOR, CLICOLOR_FORCE and the terminal decide' -rfka 'auto always never'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" graph' -l 'graph' -d 'Draw all paths of packets, in the language of Graphviz (| dot -Tsvg); in JSON and YAML, add them'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" n namespace' -l 'namespace' -s 'n' -d 'The namespace (default: the context\'s, or \'default\')' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" A all-namespaces' -s 'A' -l 'all-namespaces' -d 'All namespaces'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" netns' -l 'netns' -d 'Use another network namespace: an \'ip netns\' name, a path or a process id' -rfa '(__kpx_complete_directories)'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" 4 ipv4' -s '4' -l 'ipv4' -d 'Show only IPv4'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" 6 ipv6' -s '6' -l 'ipv6' -d 'Show only IPv6'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" time-limit' -l 'time-limit' -d 'CPU time limit for evaluating rules, in seconds (default: 10 for a trace, 60 for a list). What is not known by then is reported as uncertain' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" api-dump' -l 'api-dump' -d 'Use the output of \'kubectl get services,endpointslices,pods,nodes -A -o json\' instead of the API: a file, or a directory of files' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" no-api' -l 'no-api' -d 'Do not contact the API server; use only the kernel\'s rules'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" node' -l 'node' -d 'This node\'s name in the API (default: by the kubelet\'s certificate, address or host name)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" proxy-version' -l 'proxy-version' -d 'kube-proxy\'s version on this node, such as 1.34 (default: asked from kube-proxy, or inferred from its rules)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" kubeconfig' -l 'kubeconfig' -d 'The kubeconfig to use (default: KUBECONFIG, ~/.kube/config, then the node\'s own credentials)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" context' -l 'context' -d 'The kubeconfig context to use' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" s server' -l 'server' -s 's' -d 'The API server\'s URL' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" token' -l 'token' -d 'Bearer token for the API server; other users can see it in the process list' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" certificate-authority' -l 'certificate-authority' -d 'CA certificates to verify the API server with' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" client-certificate' -l 'client-certificate' -d 'Client certificate' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" client-key' -l 'client-key' -d 'Client certificate\'s key' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" insecure-skip-tls-verify' -l 'insecure-skip-tls-verify' -d 'Do not verify the server\'s certificate. Insecure: anyone on the path can read the credential'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" allow-plain-http' -l 'allow-plain-http' -d 'Send the credential to http:// servers, too. Insecure: anyone on the path can read it'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" tls-server-name' -l 'tls-server-name' -d 'Name to expect in the server\'s certificate, if it differs from the URL\'s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" request-timeout' -l 'request-timeout' -d 'Time limit for all API requests together, such as 500ms, 2s or 1m; 0 for none' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" as' -l 'as' -d 'User to impersonate' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services"' -l 'as-group' -d 'Group to impersonate; can be repeated' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" api-limit' -l 'api-limit' -d 'Limit for all that the API sends in one run, in MiB' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" no-headers' -l 'no-headers' -d 'Do not print the header line'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" o output' -l 'output' -s 'o' -d 'How to write the answer' -rfka 'text wide json yaml'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" color' -l 'color' -d 'When to colour; by default NO_COLOR, CLICOLOR_FORCE and the terminal decide' -rfka 'auto always never'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" n namespace' -l 'namespace' -s 'n' -d 'The pod\'s namespace, if the argument names none (default: all)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" netns' -l 'netns' -d 'The node\'s network namespace, if kpx runs in another one: a name, path or process id' -rfa '(__kpx_complete_directories)'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" runtime-endpoint' -l 'runtime-endpoint' -d 'The container runtime\'s socket (default: CONTAINER_RUNTIME_ENDPOINT, or the usual sockets)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" no-runtime' -l 'no-runtime' -d 'Do not ask the container runtime; use processes and the kubelet\'s files'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" api-dump' -l 'api-dump' -d 'Output of \'kubectl get pods -A -o json\', for pod names that nothing on this node provides' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" no-headers' -l 'no-headers' -d 'Tables without their first line'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" o output' -l 'output' -s 'o' -d 'How to write the answer' -rfka 'text wide json yaml'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" color' -l 'color' -d 'When to colour; by default NO_COLOR, CLICOLOR_FORCE and the terminal decide' -rfka 'auto always never'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" n namespace' -l 'namespace' -s 'n' -d 'The pod\'s namespace, if the argument names none (default: all)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" mount-resolv' -l 'mount-resolv' -d 'Use the pod\'s /etc/resolv.conf'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" keep-privileges' -l 'keep-privileges' -d 'Keep all capabilities'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" netns' -l 'netns' -d 'The node\'s network namespace, if kpx runs in another one: a name, path or process id' -rfa '(__kpx_complete_directories)'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" runtime-endpoint' -l 'runtime-endpoint' -d 'The container runtime\'s socket (default: CONTAINER_RUNTIME_ENDPOINT, or the usual sockets)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" no-runtime' -l 'no-runtime' -d 'Do not ask the container runtime; use processes and the kubelet\'s files'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" api-dump' -l 'api-dump' -d 'Output of \'kubectl get pods -A -o json\', for pod names that nothing on this node provides' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" t terse' -s 't' -l 'terse' -d 'Show only the headers, without members'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" netns' -l 'netns' -d 'Use another network namespace: an \'ip netns\' name, a path or a process id' -rfa '(__kpx_complete_directories)'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" 4 ipv4' -s '4' -l 'ipv4' -d 'Show only IPv4'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" 6 ipv6' -s '6' -l 'ipv6' -d 'Show only IPv6'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" api-dump' -l 'api-dump' -d 'Use the output of \'kubectl get services,endpointslices,pods,nodes -A -o json\' instead of the API: a file, or a directory of files' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" no-api' -l 'no-api' -d 'Do not contact the API server; use only the kernel\'s rules'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" node' -l 'node' -d 'This node\'s name in the API (default: by the kubelet\'s certificate, address or host name)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" proxy-version' -l 'proxy-version' -d 'kube-proxy\'s version on this node, such as 1.34 (default: asked from kube-proxy, or inferred from its rules)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" kubeconfig' -l 'kubeconfig' -d 'The kubeconfig to use (default: KUBECONFIG, ~/.kube/config, then the node\'s own credentials)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" context' -l 'context' -d 'The kubeconfig context to use' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" s server' -l 'server' -s 's' -d 'The API server\'s URL' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" token' -l 'token' -d 'Bearer token for the API server; other users can see it in the process list' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" certificate-authority' -l 'certificate-authority' -d 'CA certificates to verify the API server with' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" client-certificate' -l 'client-certificate' -d 'Client certificate' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" client-key' -l 'client-key' -d 'Client certificate\'s key' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" insecure-skip-tls-verify' -l 'insecure-skip-tls-verify' -d 'Do not verify the server\'s certificate. Insecure: anyone on the path can read the credential'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" allow-plain-http' -l 'allow-plain-http' -d 'Send the credential to http:// servers, too. Insecure: anyone on the path can read it'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" tls-server-name' -l 'tls-server-name' -d 'Name to expect in the server\'s certificate, if it differs from the URL\'s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" request-timeout' -l 'request-timeout' -d 'Time limit for all API requests together, such as 500ms, 2s or 1m; 0 for none' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" as' -l 'as' -d 'User to impersonate' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset"' -l 'as-group' -d 'Group to impersonate; can be repeated' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" api-limit' -l 'api-limit' -d 'Limit for all that the API sends in one run, in MiB' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" verify' -l 'verify' -d 'Read the sets a second time through libipset and compare'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" o output' -l 'output' -s 'o' -d 'How to write the answer' -rfka 'text wide json yaml'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" color' -l 'color' -d 'When to colour; by default NO_COLOR, CLICOLOR_FORCE and the terminal decide' -rfka 'auto always never'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" netns' -l 'netns' -d 'Use another network namespace: an \'ip netns\' name, a path or a process id' -rfa '(__kpx_complete_directories)'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" 4 ipv4' -s '4' -l 'ipv4' -d 'Show only IPv4'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" 6 ipv6' -s '6' -l 'ipv6' -d 'Show only IPv6'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" api-dump' -l 'api-dump' -d 'Use the output of \'kubectl get services,endpointslices,pods,nodes -A -o json\' instead of the API: a file, or a directory of files' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" no-api' -l 'no-api' -d 'Do not contact the API server; use only the kernel\'s rules'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" node' -l 'node' -d 'This node\'s name in the API (default: by the kubelet\'s certificate, address or host name)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" proxy-version' -l 'proxy-version' -d 'kube-proxy\'s version on this node, such as 1.34 (default: asked from kube-proxy, or inferred from its rules)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" kubeconfig' -l 'kubeconfig' -d 'The kubeconfig to use (default: KUBECONFIG, ~/.kube/config, then the node\'s own credentials)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" context' -l 'context' -d 'The kubeconfig context to use' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" s server' -l 'server' -s 's' -d 'The API server\'s URL' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" token' -l 'token' -d 'Bearer token for the API server; other users can see it in the process list' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" certificate-authority' -l 'certificate-authority' -d 'CA certificates to verify the API server with' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" client-certificate' -l 'client-certificate' -d 'Client certificate' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" client-key' -l 'client-key' -d 'Client certificate\'s key' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" insecure-skip-tls-verify' -l 'insecure-skip-tls-verify' -d 'Do not verify the server\'s certificate. Insecure: anyone on the path can read the credential'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" allow-plain-http' -l 'allow-plain-http' -d 'Send the credential to http:// servers, too. Insecure: anyone on the path can read it'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" tls-server-name' -l 'tls-server-name' -d 'Name to expect in the server\'s certificate, if it differs from the URL\'s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" request-timeout' -l 'request-timeout' -d 'Time limit for all API requests together, such as 500ms, 2s or 1m; 0 for none' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" as' -l 'as' -d 'User to impersonate' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs"' -l 'as-group' -d 'Group to impersonate; can be repeated' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" api-limit' -l 'api-limit' -d 'Limit for all that the API sends in one run, in MiB' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" o output' -l 'output' -s 'o' -d 'How to write the answer' -rfka 'text wide json yaml'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" color' -l 'color' -d 'When to colour; by default NO_COLOR, CLICOLOR_FORCE and the terminal decide' -rfka 'auto always never'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx help" version' -l 'version' -d 'Show the version.'
