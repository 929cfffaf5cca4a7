function __kpx_should_offer_completions_for_flags_or_options -a expected_commands
    set -l typed (__kpx_tokens -pc)
    test "$expected_commands" = kpx -o "$expected_commands" = "kpx $typed[2]"; or return 1
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __kpx_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __kpx_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l typed (__kpx_tokens -pc)
    test "$expected_commands" = kpx -o "$expected_commands" = "kpx $typed[2]"; or return 1
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
            __kpx_parse_subcommand 1 'n/namespace=' 'from=' 'netns=' '4/ipv4' '6/ipv6' 'time-limit=' 'api-dump=' 'snapshot=' 'no-api' 'node=' 'proxy-version=' 'kubeconfig=' 'context=' 's/server=' 'token=' 'certificate-authority=' 'client-certificate=' 'client-key=' 'insecure-skip-tls-verify' 'allow-plain-http' 'tls-server-name=' 'request-timeout=' 'as=' 'as-group=+' 'api-limit=' 'nodes=' 'l/selector=' 'via=' 'image=' 'pod-namespace=' 'parallel=' 'node-timeout=' 'deadline=' 'ssh-user=' 'ssh-config=' 'ssh-address=' 'remote-kpx=' 'push' 'verify' 'connections' 'no-connections' 'o/output=' 'color=' 'w/watch' 'interval=' 'graph' 'version' 'h/help'
        case 'services'
            __kpx_parse_subcommand 1 'n/namespace=' 'A/all-namespaces' 'problems' 'netns=' '4/ipv4' '6/ipv6' 'time-limit=' 'api-dump=' 'snapshot=' 'no-api' 'node=' 'proxy-version=' 'kubeconfig=' 'context=' 's/server=' 'token=' 'certificate-authority=' 'client-certificate=' 'client-key=' 'insecure-skip-tls-verify' 'allow-plain-http' 'tls-server-name=' 'request-timeout=' 'as=' 'as-group=+' 'api-limit=' 'nodes=' 'l/selector=' 'via=' 'image=' 'pod-namespace=' 'parallel=' 'node-timeout=' 'deadline=' 'ssh-user=' 'ssh-config=' 'ssh-address=' 'remote-kpx=' 'push' 'no-headers' 'o/output=' 'color=' 'w/watch' 'interval=' 'version' 'h/help'
        case 'connections'
            __kpx_parse_subcommand 1 'n/namespace=' 'by=' 'stale' 'unanswered' 'top=' 'netns=' '4/ipv4' '6/ipv6' 'time-limit=' 'api-dump=' 'snapshot=' 'no-api' 'node=' 'proxy-version=' 'kubeconfig=' 'context=' 's/server=' 'token=' 'certificate-authority=' 'client-certificate=' 'client-key=' 'insecure-skip-tls-verify' 'allow-plain-http' 'tls-server-name=' 'request-timeout=' 'as=' 'as-group=+' 'api-limit=' 'nodes=' 'l/selector=' 'via=' 'image=' 'pod-namespace=' 'parallel=' 'node-timeout=' 'deadline=' 'ssh-user=' 'ssh-config=' 'ssh-address=' 'remote-kpx=' 'push' 'no-headers' 'o/output=' 'color=' 'w/watch' 'interval=' 'version' 'h/help'
        case 'check'
            __kpx_parse_subcommand -r 1 'n/namespace=' 'A/all-namespaces' 'fail-on=' 'ignore=+' 'netns=' '4/ipv4' '6/ipv6' 'time-limit=' 'api-dump=' 'snapshot=' 'no-api' 'node=' 'proxy-version=' 'kubeconfig=' 'context=' 's/server=' 'token=' 'certificate-authority=' 'client-certificate=' 'client-key=' 'insecure-skip-tls-verify' 'allow-plain-http' 'tls-server-name=' 'request-timeout=' 'as=' 'as-group=+' 'api-limit=' 'nodes=' 'l/selector=' 'via=' 'image=' 'pod-namespace=' 'parallel=' 'node-timeout=' 'deadline=' 'ssh-user=' 'ssh-config=' 'ssh-address=' 'remote-kpx=' 'push' 'o/output=' 'color=' 'version' 'h/help'
        case 'explain'
            __kpx_parse_subcommand 1 'color=' 'version' 'h/help'
        case 'diff'
            __kpx_parse_subcommand 3 'n/namespace=' 'A/all-namespaces' 'netns=' 'time-limit=' 'api-dump=' 'snapshot=' 'no-api' 'node=' 'proxy-version=' 'kubeconfig=' 'context=' 's/server=' 'token=' 'certificate-authority=' 'client-certificate=' 'client-key=' 'insecure-skip-tls-verify' 'allow-plain-http' 'tls-server-name=' 'request-timeout=' 'as=' 'as-group=+' 'api-limit=' 'o/output=' 'color=' 'version' 'h/help'
        case 'veth'
            __kpx_parse_subcommand -r 1 'n/namespace=' 'A/all-namespaces' 'netns=' 'snapshot=' 'kubeconfig=' 'context=' 'nodes=' 'l/selector=' 'via=' 'image=' 'pod-namespace=' 'parallel=' 'node-timeout=' 'deadline=' 'ssh-user=' 'ssh-config=' 'ssh-address=' 'remote-kpx=' 'push' 'runtime-endpoint=' 'no-runtime' 'api-dump=' 'no-headers' 'o/output=' 'color=' 'w/watch' 'interval=' 'version' 'h/help'
        case 'exec'
            __kpx_parse_subcommand -r 2 'n/namespace=' 'mount-resolv' 'keep-privileges' 'netns=' 'runtime-endpoint=' 'no-runtime' 'api-dump=' 'version' 'h/help'
        case 'chain'
            __kpx_parse_subcommand 1 't/table=' 'tree' 'netns=' '4/ipv4' '6/ipv6' 'api-dump=' 'snapshot=' 'no-api' 'node=' 'proxy-version=' 'kubeconfig=' 'context=' 's/server=' 'token=' 'certificate-authority=' 'client-certificate=' 'client-key=' 'insecure-skip-tls-verify' 'allow-plain-http' 'tls-server-name=' 'request-timeout=' 'as=' 'as-group=+' 'api-limit=' 'no-headers' 'o/output=' 'color=' 'version' 'h/help'
        case 'ipset'
            __kpx_parse_subcommand 2 't/terse' 'netns=' '4/ipv4' '6/ipv6' 'api-dump=' 'snapshot=' 'no-api' 'node=' 'proxy-version=' 'kubeconfig=' 'context=' 's/server=' 'token=' 'certificate-authority=' 'client-certificate=' 'client-key=' 'insecure-skip-tls-verify' 'allow-plain-http' 'tls-server-name=' 'request-timeout=' 'as=' 'as-group=+' 'api-limit=' 'verify' 'o/output=' 'color=' 'version' 'h/help'
        case 'ipvs'
            __kpx_parse_subcommand 1 'netns=' '4/ipv4' '6/ipv6' 'api-dump=' 'snapshot=' 'no-api' 'node=' 'proxy-version=' 'kubeconfig=' 'context=' 's/server=' 'token=' 'certificate-authority=' 'client-certificate=' 'client-key=' 'insecure-skip-tls-verify' 'allow-plain-http' 'tls-server-name=' 'request-timeout=' 'as=' 'as-group=+' 'api-limit=' 'o/output=' 'color=' 'version' 'h/help'
        case 'snapshot'
            __kpx_parse_subcommand -r 1 'o/output=' 'connections' 'redact' 'key=' 'netns=' 'api-dump=' 'snapshot=' 'no-api' 'node=' 'proxy-version=' 'kubeconfig=' 'context=' 's/server=' 'token=' 'certificate-authority=' 'client-certificate=' 'client-key=' 'insecure-skip-tls-verify' 'allow-plain-http' 'tls-server-name=' 'request-timeout=' 'as=' 'as-group=+' 'api-limit=' 'nodes=' 'l/selector=' 'via=' 'image=' 'pod-namespace=' 'parallel=' 'node-timeout=' 'deadline=' 'ssh-user=' 'ssh-config=' 'ssh-address=' 'remote-kpx=' 'push' 'version' 'h/help'
        case 'unredact'
            __kpx_parse_subcommand 1 'key=' 'name=' 'version' 'h/help'
        case 'version'
            __kpx_parse_subcommand 0 'netns=' 'api-dump=' 'snapshot=' 'no-api' 'node=' 'proxy-version=' 'kubeconfig=' 'context=' 's/server=' 'token=' 'certificate-authority=' 'client-certificate=' 'client-key=' 'insecure-skip-tls-verify' 'allow-plain-http' 'tls-server-name=' 'request-timeout=' 'as=' 'as-group=+' 'api-limit=' 'nodes=' 'l/selector=' 'via=' 'image=' 'pod-namespace=' 'parallel=' 'node-timeout=' 'deadline=' 'ssh-user=' 'ssh-config=' 'ssh-address=' 'remote-kpx=' 'push' 'o/output=' 'color=' 'version' 'h/help'
        case 'completion'
            __kpx_parse_subcommand 1 'version' 'h/help'
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
    set -lx PATH $PATH /usr/local/sbin /usr/sbin /sbin
    command $tokens[1] $argv $tokens </dev/null 2>/dev/null
end

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
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'trace' -d 'Show how this node forwards a Service.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'services' -d 'List the Services that this node has rules for.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'connections' -d 'Show who talks to whom through this node.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'check' -d 'Say what is wrong on this node.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'explain' -d 'Say what a finding means and what to do about it.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'diff' -d 'Say what differs in how Services are forwarded.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'veth' -d 'Show which interface belongs to which pod.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'exec' -d 'Run a program of this node in a pod\'s network.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'chain' -d 'Show rules, with the Service or pod of each jump.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'ipset' -d 'List ipsets, with the Service or pod of each member.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'ipvs' -d 'List IPVS virtual services and their real servers.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'snapshot' -d 'Save this node\'s rules and API objects to a file.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'unredact' -d 'Translate an answer from a redacted snapshot back.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'version' -d 'Print what a bug report needs.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'completion' -d 'Print a shell\'s completion script.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx trace" -eq 1' -fka '(__kpx_custom_completion ---completion trace -- positional@0 (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" n namespace' -l 'namespace' -s 'n' -d 'Namespace (default: the context\'s, or \'default\')' -rfka '(__kpx_custom_completion ---completion trace -- --namespace (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" from' -l 'from' -d 'Follow one packet from [NAMESPACE/]POD, the beginning of a pod\'s name, deploy/NAME, svc/NAME, an address, node (this node) or external (a client outside)' -rfka '(__kpx_custom_completion ---completion trace -- --from (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" netns' -l 'netns' -d 'Look in another network namespace: an \'ip netns\' name, a path or a process id' -rfka '(__kpx_custom_completion ---completion trace -- --netns (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" 4 ipv4' -s '4' -l 'ipv4' -d 'Only IPv4'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" 6 ipv6' -s '6' -l 'ipv6' -d 'Only IPv6'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" time-limit' -l 'time-limit' -d 'CPU time limit for evaluating rules (default: 10 for a trace, 60 for a list)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" api-dump' -l 'api-dump' -d 'Use the output of \'kubectl get services,endpointslices,pods,nodes -A -o json\' instead of the API: a file, or a directory of files' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" snapshot' -l 'snapshot' -d 'Ask a file of \'kpx snapshot\' instead of this node and the API' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" no-api' -l 'no-api' -d 'Do not contact the API server; use only the kernel\'s rules'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" node' -l 'node' -d 'This node\'s name in the API (default: by the kubelet\'s certificate, address or host name)' -rfka '(__kpx_custom_completion ---completion trace -- --node (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" proxy-version' -l 'proxy-version' -d 'kube-proxy\'s version on this node, such as 1.34 (default: asked from kube-proxy, or inferred from its rules)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" kubeconfig' -l 'kubeconfig' -d 'The kubeconfig to use (default: KUBECONFIG, ~/.kube/config, then the node\'s own credentials)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" context' -l 'context' -d 'The kubeconfig context to use' -rfka '(__kpx_custom_completion ---completion trace -- --context (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
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
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" nodes' -l 'nodes' -d 'Ask these nodes instead of this one, through ssh: all, or names and ranges such as node1,worker[1-20]. With --snapshot DIR, the snapshots in DIR' -rfka '(__kpx_custom_completion ---completion trace -- --nodes (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" l selector' -s 'l' -l 'selector' -d 'Ask the nodes with these labels, such as pool=gpu,!old' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" via' -l 'via' -d 'Ask through ssh, or by a pod on each node, which is deleted afterwards' -rfka 'ssh pods'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" image' -l 'image' -d 'With --via pods: the image of kpx, as nodes pull it' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" pod-namespace' -l 'pod-namespace' -d 'With --via pods: the namespace of the pods (default: kube-system)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" parallel' -l 'parallel' -d 'How many nodes are asked at the same time' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" node-timeout' -l 'node-timeout' -d 'Time limit for each node, such as 10s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" deadline' -l 'deadline' -d 'Time limit for all nodes together, such as 60s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" ssh-user' -l 'ssh-user' -d 'User to log in as on nodes (default: as ssh is configured)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" ssh-config' -l 'ssh-config' -d 'ssh\'s configuration (default: the user\'s own)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" ssh-address' -l 'ssh-address' -d 'Reach nodes by this kind of address in the API (default: by their names)' -rfka 'Hostname InternalDNS InternalIP ExternalDNS ExternalIP'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" remote-kpx' -l 'remote-kpx' -d 'Where kpx is on nodes (default: on PATH, in /usr/local/bin or /opt/bin)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" push' -l 'push' -d 'Send this kpx along, for nodes that have none; nothing of it stays there'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" verify' -l 'verify' -d 'Read the rules in a second way, and compare'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" connections' -l 'connections' -d 'Count open connections (default: if there are few)'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" no-connections' -l 'no-connections' -d 'Count open connections (default: if there are few)'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" o output' -l 'output' -s 'o' -d 'Output format' -rfka 'text wide name json yaml'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" color' -l 'color' -d 'When to use colours' -rfka 'auto always never'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" w watch' -l 'watch' -s 'w' -d 'Look until Ctrl-C, mark what changes (~, + new, - gone), show rates; --watch=5: every 5 s'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" interval' -l 'interval' -d 'With --watch: how often to look (default: 2)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" graph' -l 'graph' -d 'Draw all paths, for Graphviz (| dot -Tsvg)'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx trace" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx services" -eq 1' -fka '(__kpx_custom_completion ---completion services -- positional@0 (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" n namespace' -l 'namespace' -s 'n' -d 'Namespace, as for kubectl' -rfka '(__kpx_custom_completion ---completion services -- --namespace (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" A all-namespaces' -s 'A' -l 'all-namespaces' -d 'All namespaces'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" problems' -l 'problems' -d 'Show only what is not as it should be'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" netns' -l 'netns' -d 'Look in another network namespace: an \'ip netns\' name, a path or a process id' -rfka '(__kpx_custom_completion ---completion services -- --netns (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" 4 ipv4' -s '4' -l 'ipv4' -d 'Only IPv4'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" 6 ipv6' -s '6' -l 'ipv6' -d 'Only IPv6'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" time-limit' -l 'time-limit' -d 'CPU time limit for evaluating rules (default: 10 for a trace, 60 for a list)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" api-dump' -l 'api-dump' -d 'Use the output of \'kubectl get services,endpointslices,pods,nodes -A -o json\' instead of the API: a file, or a directory of files' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" snapshot' -l 'snapshot' -d 'Ask a file of \'kpx snapshot\' instead of this node and the API' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" no-api' -l 'no-api' -d 'Do not contact the API server; use only the kernel\'s rules'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" node' -l 'node' -d 'This node\'s name in the API (default: by the kubelet\'s certificate, address or host name)' -rfka '(__kpx_custom_completion ---completion services -- --node (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" proxy-version' -l 'proxy-version' -d 'kube-proxy\'s version on this node, such as 1.34 (default: asked from kube-proxy, or inferred from its rules)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" kubeconfig' -l 'kubeconfig' -d 'The kubeconfig to use (default: KUBECONFIG, ~/.kube/config, then the node\'s own credentials)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" context' -l 'context' -d 'The kubeconfig context to use' -rfka '(__kpx_custom_completion ---completion services -- --context (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
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
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" nodes' -l 'nodes' -d 'Ask these nodes instead of this one, through ssh: all, or names and ranges such as node1,worker[1-20]. With --snapshot DIR, the snapshots in DIR' -rfka '(__kpx_custom_completion ---completion services -- --nodes (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" l selector' -s 'l' -l 'selector' -d 'Ask the nodes with these labels, such as pool=gpu,!old' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" via' -l 'via' -d 'Ask through ssh, or by a pod on each node, which is deleted afterwards' -rfka 'ssh pods'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" image' -l 'image' -d 'With --via pods: the image of kpx, as nodes pull it' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" pod-namespace' -l 'pod-namespace' -d 'With --via pods: the namespace of the pods (default: kube-system)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" parallel' -l 'parallel' -d 'How many nodes are asked at the same time' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" node-timeout' -l 'node-timeout' -d 'Time limit for each node, such as 10s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" deadline' -l 'deadline' -d 'Time limit for all nodes together, such as 60s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" ssh-user' -l 'ssh-user' -d 'User to log in as on nodes (default: as ssh is configured)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" ssh-config' -l 'ssh-config' -d 'ssh\'s configuration (default: the user\'s own)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" ssh-address' -l 'ssh-address' -d 'Reach nodes by this kind of address in the API (default: by their names)' -rfka 'Hostname InternalDNS InternalIP ExternalDNS ExternalIP'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" remote-kpx' -l 'remote-kpx' -d 'Where kpx is on nodes (default: on PATH, in /usr/local/bin or /opt/bin)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" push' -l 'push' -d 'Send this kpx along, for nodes that have none; nothing of it stays there'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" no-headers' -l 'no-headers' -d 'Do not print the header line'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" o output' -l 'output' -s 'o' -d 'Output format' -rfka 'text wide name json yaml'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" color' -l 'color' -d 'When to use colours' -rfka 'auto always never'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" w watch' -l 'watch' -s 'w' -d 'Look until Ctrl-C, mark what changes (~, + new, - gone), show rates; --watch=5: every 5 s'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" interval' -l 'interval' -d 'With --watch: how often to look (default: 2)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx services" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx connections" -eq 1' -fka '(__kpx_custom_completion ---completion connections -- positional@0 (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" n namespace' -l 'namespace' -s 'n' -d 'Namespace (default: the context\'s, or \'default\')' -rfka '(__kpx_custom_completion ---completion connections -- --namespace (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" by' -l 'by' -d 'Count connections by what they have in common (default without a target: service)' -rfka 'client endpoint service'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" stale' -l 'stale' -d 'Only connections that go where no new one would'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" unanswered' -l 'unanswered' -d 'Only connections that nobody has answered'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" top' -l 'top' -d 'How many to show of a node; 0 for all' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" netns' -l 'netns' -d 'Look in another network namespace: an \'ip netns\' name, a path or a process id' -rfka '(__kpx_custom_completion ---completion connections -- --netns (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" 4 ipv4' -s '4' -l 'ipv4' -d 'Only IPv4'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" 6 ipv6' -s '6' -l 'ipv6' -d 'Only IPv6'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" time-limit' -l 'time-limit' -d 'CPU time limit for evaluating rules (default: 10 for a trace, 60 for a list)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" api-dump' -l 'api-dump' -d 'Use the output of \'kubectl get services,endpointslices,pods,nodes -A -o json\' instead of the API: a file, or a directory of files' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" snapshot' -l 'snapshot' -d 'Ask a file of \'kpx snapshot\' instead of this node and the API' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" no-api' -l 'no-api' -d 'Do not contact the API server; use only the kernel\'s rules'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" node' -l 'node' -d 'This node\'s name in the API (default: by the kubelet\'s certificate, address or host name)' -rfka '(__kpx_custom_completion ---completion connections -- --node (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" proxy-version' -l 'proxy-version' -d 'kube-proxy\'s version on this node, such as 1.34 (default: asked from kube-proxy, or inferred from its rules)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" kubeconfig' -l 'kubeconfig' -d 'The kubeconfig to use (default: KUBECONFIG, ~/.kube/config, then the node\'s own credentials)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" context' -l 'context' -d 'The kubeconfig context to use' -rfka '(__kpx_custom_completion ---completion connections -- --context (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" s server' -l 'server' -s 's' -d 'The API server\'s URL' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" token' -l 'token' -d 'Bearer token for the API server; other users can see it in the process list' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" certificate-authority' -l 'certificate-authority' -d 'CA certificates to verify the API server with' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" client-certificate' -l 'client-certificate' -d 'Client certificate' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" client-key' -l 'client-key' -d 'Client certificate\'s key' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" insecure-skip-tls-verify' -l 'insecure-skip-tls-verify' -d 'Do not verify the server\'s certificate. Insecure: anyone on the path can read the credential'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" allow-plain-http' -l 'allow-plain-http' -d 'Send the credential to http:// servers, too. Insecure: anyone on the path can read it'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" tls-server-name' -l 'tls-server-name' -d 'Name to expect in the server\'s certificate, if it differs from the URL\'s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" request-timeout' -l 'request-timeout' -d 'Time limit for all API requests together, such as 500ms, 2s or 1m; 0 for none' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" as' -l 'as' -d 'User to impersonate' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections"' -l 'as-group' -d 'Group to impersonate; can be repeated' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" api-limit' -l 'api-limit' -d 'Limit for all that the API sends in one run, in MiB' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" nodes' -l 'nodes' -d 'Ask these nodes instead of this one, through ssh: all, or names and ranges such as node1,worker[1-20]. With --snapshot DIR, the snapshots in DIR' -rfka '(__kpx_custom_completion ---completion connections -- --nodes (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" l selector' -s 'l' -l 'selector' -d 'Ask the nodes with these labels, such as pool=gpu,!old' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" via' -l 'via' -d 'Ask through ssh, or by a pod on each node, which is deleted afterwards' -rfka 'ssh pods'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" image' -l 'image' -d 'With --via pods: the image of kpx, as nodes pull it' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" pod-namespace' -l 'pod-namespace' -d 'With --via pods: the namespace of the pods (default: kube-system)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" parallel' -l 'parallel' -d 'How many nodes are asked at the same time' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" node-timeout' -l 'node-timeout' -d 'Time limit for each node, such as 10s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" deadline' -l 'deadline' -d 'Time limit for all nodes together, such as 60s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" ssh-user' -l 'ssh-user' -d 'User to log in as on nodes (default: as ssh is configured)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" ssh-config' -l 'ssh-config' -d 'ssh\'s configuration (default: the user\'s own)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" ssh-address' -l 'ssh-address' -d 'Reach nodes by this kind of address in the API (default: by their names)' -rfka 'Hostname InternalDNS InternalIP ExternalDNS ExternalIP'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" remote-kpx' -l 'remote-kpx' -d 'Where kpx is on nodes (default: on PATH, in /usr/local/bin or /opt/bin)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" push' -l 'push' -d 'Send this kpx along, for nodes that have none; nothing of it stays there'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" no-headers' -l 'no-headers' -d 'Do not print the header line'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" o output' -l 'output' -s 'o' -d 'Output format' -rfka 'text wide name json yaml'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" color' -l 'color' -d 'When to use colours' -rfka 'auto always never'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" w watch' -l 'watch' -s 'w' -d 'Look until Ctrl-C, mark what changes (~, + new, - gone), show rates; --watch=5: every 5 s'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" interval' -l 'interval' -d 'With --watch: how often to look (default: 2)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx connections" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx check" -ge 1' -fka 'vital-services api-endpoint-stale proxy-stalled forward-blocked firewall-drop-all conntrack-full bridge-nf overlay-blocked cidr-overlap family-gap backend-mixed jump-missing dup-rules mode-leftovers ipvs-missing ipvs-sysctl ipvs-retired ipvs-dummy-drift local-fallback ipvs-drained endpoint-drift reject-shadow verdict-drift affinity-drift masquerade-drift source-range-drift mark-drop-ineffective node-origin connections-lost uneven-shares endpoint-unroutable dropped-by-rule source-excluded delivered-here no-endpoints no-local-endpoints conntrack-stale endpoint-silent hostport-lost nodeport-conflict nodeport-reach affinity hairpin orphan-veth mtu rp-filter masq-gap invalid-drop terminating-only topology-narrowed source-range-drop'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" n namespace' -l 'namespace' -s 'n' -d 'Tell of this namespace\'s Services only, and of the node' -rfka '(__kpx_custom_completion ---completion check -- --namespace (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" A all-namespaces' -s 'A' -l 'all-namespaces' -d 'Tell of all namespaces (the default)'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" fail-on' -l 'fail-on' -d 'The least severity that ends with status 1' -rfka 'info warning error'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check"' -l 'ignore' -d 'Leave a finding out of account, everywhere or for one Service; can be repeated' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" netns' -l 'netns' -d 'Look in another network namespace: an \'ip netns\' name, a path or a process id' -rfka '(__kpx_custom_completion ---completion check -- --netns (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" 4 ipv4' -s '4' -l 'ipv4' -d 'Only IPv4'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" 6 ipv6' -s '6' -l 'ipv6' -d 'Only IPv6'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" time-limit' -l 'time-limit' -d 'CPU time limit for evaluating rules (default: 10 for a trace, 60 for a list)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" api-dump' -l 'api-dump' -d 'Use the output of \'kubectl get services,endpointslices,pods,nodes -A -o json\' instead of the API: a file, or a directory of files' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" snapshot' -l 'snapshot' -d 'Ask a file of \'kpx snapshot\' instead of this node and the API' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" no-api' -l 'no-api' -d 'Do not contact the API server; use only the kernel\'s rules'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" node' -l 'node' -d 'This node\'s name in the API (default: by the kubelet\'s certificate, address or host name)' -rfka '(__kpx_custom_completion ---completion check -- --node (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" proxy-version' -l 'proxy-version' -d 'kube-proxy\'s version on this node, such as 1.34 (default: asked from kube-proxy, or inferred from its rules)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" kubeconfig' -l 'kubeconfig' -d 'The kubeconfig to use (default: KUBECONFIG, ~/.kube/config, then the node\'s own credentials)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" context' -l 'context' -d 'The kubeconfig context to use' -rfka '(__kpx_custom_completion ---completion check -- --context (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" s server' -l 'server' -s 's' -d 'The API server\'s URL' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" token' -l 'token' -d 'Bearer token for the API server; other users can see it in the process list' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" certificate-authority' -l 'certificate-authority' -d 'CA certificates to verify the API server with' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" client-certificate' -l 'client-certificate' -d 'Client certificate' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" client-key' -l 'client-key' -d 'Client certificate\'s key' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" insecure-skip-tls-verify' -l 'insecure-skip-tls-verify' -d 'Do not verify the server\'s certificate. Insecure: anyone on the path can read the credential'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" allow-plain-http' -l 'allow-plain-http' -d 'Send the credential to http:// servers, too. Insecure: anyone on the path can read it'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" tls-server-name' -l 'tls-server-name' -d 'Name to expect in the server\'s certificate, if it differs from the URL\'s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" request-timeout' -l 'request-timeout' -d 'Time limit for all API requests together, such as 500ms, 2s or 1m; 0 for none' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" as' -l 'as' -d 'User to impersonate' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check"' -l 'as-group' -d 'Group to impersonate; can be repeated' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" api-limit' -l 'api-limit' -d 'Limit for all that the API sends in one run, in MiB' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" nodes' -l 'nodes' -d 'Ask these nodes instead of this one, through ssh: all, or names and ranges such as node1,worker[1-20]. With --snapshot DIR, the snapshots in DIR' -rfka '(__kpx_custom_completion ---completion check -- --nodes (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" l selector' -s 'l' -l 'selector' -d 'Ask the nodes with these labels, such as pool=gpu,!old' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" via' -l 'via' -d 'Ask through ssh, or by a pod on each node, which is deleted afterwards' -rfka 'ssh pods'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" image' -l 'image' -d 'With --via pods: the image of kpx, as nodes pull it' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" pod-namespace' -l 'pod-namespace' -d 'With --via pods: the namespace of the pods (default: kube-system)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" parallel' -l 'parallel' -d 'How many nodes are asked at the same time' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" node-timeout' -l 'node-timeout' -d 'Time limit for each node, such as 10s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" deadline' -l 'deadline' -d 'Time limit for all nodes together, such as 60s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" ssh-user' -l 'ssh-user' -d 'User to log in as on nodes (default: as ssh is configured)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" ssh-config' -l 'ssh-config' -d 'ssh\'s configuration (default: the user\'s own)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" ssh-address' -l 'ssh-address' -d 'Reach nodes by this kind of address in the API (default: by their names)' -rfka 'Hostname InternalDNS InternalIP ExternalDNS ExternalIP'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" remote-kpx' -l 'remote-kpx' -d 'Where kpx is on nodes (default: on PATH, in /usr/local/bin or /opt/bin)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" push' -l 'push' -d 'Send this kpx along, for nodes that have none; nothing of it stays there'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" o output' -l 'output' -s 'o' -d 'Output format' -rfka 'text wide json yaml junit npd prometheus'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" color' -l 'color' -d 'When to use colours' -rfka 'auto always never'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx check" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx explain" -eq 1' -fka 'affinity affinity-drift api-endpoint-stale backend-mixed bridge-nf cidr-overlap connections-lost delivered-here conntrack-full conntrack-stale dropped dropped-by-rule dup-rules endpoint-drift endpoint-silent endpoint-unroutable family-gap firewall-drop-all forward-blocked hairpin hostport-lost ipvs-drained ipvs-dummy-drift invalid-drop ipvs-missing ipvs-retired ipvs-sysctl jump-missing local-fallback mark-drop-ineffective masq-gap masquerade-drift mode-leftovers mtu no-endpoints no-local-endpoints node-origin nodeport-conflict nodeport-reach orphan-veth overlay-blocked proxy-stalled rp-filter reject-shadow reply-elsewhere rejected source-excluded source-range-drift source-range-drop terminating-only topology-narrowed uneven-shares vital-services verdict-drift mode-differences local-without-endpoints local-from-inside own-packets loopback-node-ports node-port-addresses other-ports local-cluster-ips'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx explain" color' -l 'color' -d 'When to use colours' -rfka 'auto always never'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx explain" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx explain" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx diff" -eq 1' -F
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx diff" -eq 2' -F
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx diff" -eq 3' -fka '(__kpx_custom_completion ---completion diff -- positional@2 (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" n namespace' -l 'namespace' -s 'n' -d 'Namespace (default: the context\'s, or \'default\')' -rfka '(__kpx_custom_completion ---completion diff -- --namespace (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" A all-namespaces' -s 'A' -l 'all-namespaces' -d 'All namespaces'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" netns' -l 'netns' -d 'For \'live\': another network namespace, an \'ip netns\' name, a path or a process id' -rfka '(__kpx_custom_completion ---completion diff -- --netns (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" time-limit' -l 'time-limit' -d 'CPU time limit for evaluating rules (default: 10 for a trace, 60 for a list)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" api-dump' -l 'api-dump' -d 'Use the output of \'kubectl get services,endpointslices,pods,nodes -A -o json\' instead of the API: a file, or a directory of files' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" snapshot' -l 'snapshot' -d 'Ask a file of \'kpx snapshot\' instead of this node and the API' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" no-api' -l 'no-api' -d 'Do not contact the API server; use only the kernel\'s rules'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" node' -l 'node' -d 'This node\'s name in the API (default: by the kubelet\'s certificate, address or host name)' -rfka '(__kpx_custom_completion ---completion diff -- --node (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" proxy-version' -l 'proxy-version' -d 'kube-proxy\'s version on this node, such as 1.34 (default: asked from kube-proxy, or inferred from its rules)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" kubeconfig' -l 'kubeconfig' -d 'The kubeconfig to use (default: KUBECONFIG, ~/.kube/config, then the node\'s own credentials)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" context' -l 'context' -d 'The kubeconfig context to use' -rfka '(__kpx_custom_completion ---completion diff -- --context (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" s server' -l 'server' -s 's' -d 'The API server\'s URL' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" token' -l 'token' -d 'Bearer token for the API server; other users can see it in the process list' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" certificate-authority' -l 'certificate-authority' -d 'CA certificates to verify the API server with' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" client-certificate' -l 'client-certificate' -d 'Client certificate' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" client-key' -l 'client-key' -d 'Client certificate\'s key' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" insecure-skip-tls-verify' -l 'insecure-skip-tls-verify' -d 'Do not verify the server\'s certificate. Insecure: anyone on the path can read the credential'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" allow-plain-http' -l 'allow-plain-http' -d 'Send the credential to http:// servers, too. Insecure: anyone on the path can read it'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" tls-server-name' -l 'tls-server-name' -d 'Name to expect in the server\'s certificate, if it differs from the URL\'s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" request-timeout' -l 'request-timeout' -d 'Time limit for all API requests together, such as 500ms, 2s or 1m; 0 for none' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" as' -l 'as' -d 'User to impersonate' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff"' -l 'as-group' -d 'Group to impersonate; can be repeated' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" api-limit' -l 'api-limit' -d 'Limit for all that the API sends in one run, in MiB' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" o output' -l 'output' -s 'o' -d 'Output format' -rfka 'text wide name json yaml'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" color' -l 'color' -d 'When to use colours' -rfka 'auto always never'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx diff" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx veth" -ge 1' -fka '(__kpx_custom_completion ---completion veth -- positional@0 (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" n namespace' -l 'namespace' -s 'n' -d 'Namespace (default: all)' -rfka '(__kpx_custom_completion ---completion veth -- --namespace (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" A all-namespaces' -s 'A' -l 'all-namespaces' -d 'All namespaces, as by default'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" netns' -l 'netns' -d 'The node\'s network namespace, if kpx runs in another one: a name, path or process id' -rfka '(__kpx_custom_completion ---completion veth -- --netns (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" snapshot' -l 'snapshot' -d 'Ask a file of \'kpx snapshot\' instead of this node' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" kubeconfig' -l 'kubeconfig' -d 'With --nodes: the kubeconfig of the API that knows the nodes' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" context' -l 'context' -d 'With --nodes: the kubeconfig context to use' -rfka '(__kpx_custom_completion ---completion veth -- --context (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" nodes' -l 'nodes' -d 'Ask these nodes instead of this one, through ssh: all, or names and ranges such as node1,worker[1-20]. With --snapshot DIR, the snapshots in DIR' -rfka '(__kpx_custom_completion ---completion veth -- --nodes (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" l selector' -s 'l' -l 'selector' -d 'Ask the nodes with these labels, such as pool=gpu,!old' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" via' -l 'via' -d 'Ask through ssh, or by a pod on each node, which is deleted afterwards' -rfka 'ssh pods'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" image' -l 'image' -d 'With --via pods: the image of kpx, as nodes pull it' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" pod-namespace' -l 'pod-namespace' -d 'With --via pods: the namespace of the pods (default: kube-system)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" parallel' -l 'parallel' -d 'How many nodes are asked at the same time' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" node-timeout' -l 'node-timeout' -d 'Time limit for each node, such as 10s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" deadline' -l 'deadline' -d 'Time limit for all nodes together, such as 60s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" ssh-user' -l 'ssh-user' -d 'User to log in as on nodes (default: as ssh is configured)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" ssh-config' -l 'ssh-config' -d 'ssh\'s configuration (default: the user\'s own)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" ssh-address' -l 'ssh-address' -d 'Reach nodes by this kind of address in the API (default: by their names)' -rfka 'Hostname InternalDNS InternalIP ExternalDNS ExternalIP'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" remote-kpx' -l 'remote-kpx' -d 'Where kpx is on nodes (default: on PATH, in /usr/local/bin or /opt/bin)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" push' -l 'push' -d 'Send this kpx along, for nodes that have none; nothing of it stays there'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" runtime-endpoint' -l 'runtime-endpoint' -d 'The container runtime\'s socket (default: CONTAINER_RUNTIME_ENDPOINT, or the usual sockets)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" no-runtime' -l 'no-runtime' -d 'Do not ask the container runtime; use processes and the kubelet\'s files'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" api-dump' -l 'api-dump' -d 'Output of \'kubectl get pods -A -o json\', for pod names that nothing on this node provides' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" no-headers' -l 'no-headers' -d 'Do not print the header line'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" o output' -l 'output' -s 'o' -d 'Output format' -rfka 'text wide name json yaml'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" color' -l 'color' -d 'When to use colours' -rfka 'auto always never'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" w watch' -l 'watch' -s 'w' -d 'Look until Ctrl-C, mark what changes (~, + new, - gone), show rates; --watch=5: every 5 s'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" interval' -l 'interval' -d 'With --watch: how often to look (default: 2)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx veth" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx exec" -eq 1' -fka '(__kpx_custom_completion ---completion exec -- positional@0 (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" n namespace' -l 'namespace' -s 'n' -d 'Namespace (default: all)' -rfka '(__kpx_custom_completion ---completion exec -- --namespace (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" mount-resolv' -l 'mount-resolv' -d 'Use the pod\'s /etc/resolv.conf'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" keep-privileges' -l 'keep-privileges' -d 'Keep all capabilities'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" netns' -l 'netns' -d 'The node\'s network namespace, if kpx runs in another one: a name, path or process id' -rfka '(__kpx_custom_completion ---completion exec -- --netns (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" runtime-endpoint' -l 'runtime-endpoint' -d 'The container runtime\'s socket (default: CONTAINER_RUNTIME_ENDPOINT, or the usual sockets)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" no-runtime' -l 'no-runtime' -d 'Do not ask the container runtime; use processes and the kubelet\'s files'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" api-dump' -l 'api-dump' -d 'Output of \'kubectl get pods -A -o json\', for pod names that nothing on this node provides' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx exec" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx chain" -eq 1' -fka '(__kpx_custom_completion ---completion chain -- positional@0 (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" t table' -s 't' -l 'table' -d 'The table: nat, \'ip kube-proxy\', all (default: for one chain all, else nat and kube-proxy\'s own)' -rfka 'all filter kube-proxy mangle nat raw security'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" tree' -l 'tree' -d 'Show below each jump what it leads to; without a name, from the hooks on'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" netns' -l 'netns' -d 'Look in another network namespace: an \'ip netns\' name, a path or a process id' -rfka '(__kpx_custom_completion ---completion chain -- --netns (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" 4 ipv4' -s '4' -l 'ipv4' -d 'Only IPv4'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" 6 ipv6' -s '6' -l 'ipv6' -d 'Only IPv6'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" api-dump' -l 'api-dump' -d 'Use the output of \'kubectl get services,endpointslices,pods,nodes -A -o json\' instead of the API: a file, or a directory of files' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" snapshot' -l 'snapshot' -d 'Ask a file of \'kpx snapshot\' instead of this node and the API' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" no-api' -l 'no-api' -d 'Do not contact the API server; use only the kernel\'s rules'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" node' -l 'node' -d 'This node\'s name in the API (default: by the kubelet\'s certificate, address or host name)' -rfka '(__kpx_custom_completion ---completion chain -- --node (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" proxy-version' -l 'proxy-version' -d 'kube-proxy\'s version on this node, such as 1.34 (default: asked from kube-proxy, or inferred from its rules)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" kubeconfig' -l 'kubeconfig' -d 'The kubeconfig to use (default: KUBECONFIG, ~/.kube/config, then the node\'s own credentials)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" context' -l 'context' -d 'The kubeconfig context to use' -rfka '(__kpx_custom_completion ---completion chain -- --context (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" s server' -l 'server' -s 's' -d 'The API server\'s URL' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" token' -l 'token' -d 'Bearer token for the API server; other users can see it in the process list' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" certificate-authority' -l 'certificate-authority' -d 'CA certificates to verify the API server with' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" client-certificate' -l 'client-certificate' -d 'Client certificate' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" client-key' -l 'client-key' -d 'Client certificate\'s key' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" insecure-skip-tls-verify' -l 'insecure-skip-tls-verify' -d 'Do not verify the server\'s certificate. Insecure: anyone on the path can read the credential'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" allow-plain-http' -l 'allow-plain-http' -d 'Send the credential to http:// servers, too. Insecure: anyone on the path can read it'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" tls-server-name' -l 'tls-server-name' -d 'Name to expect in the server\'s certificate, if it differs from the URL\'s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" request-timeout' -l 'request-timeout' -d 'Time limit for all API requests together, such as 500ms, 2s or 1m; 0 for none' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" as' -l 'as' -d 'User to impersonate' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain"' -l 'as-group' -d 'Group to impersonate; can be repeated' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" api-limit' -l 'api-limit' -d 'Limit for all that the API sends in one run, in MiB' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" no-headers' -l 'no-headers' -d 'Print rules alone, without the lines of tables and chains'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" o output' -l 'output' -s 'o' -d 'Output format' -rfka 'text wide name json yaml'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" color' -l 'color' -d 'When to use colours' -rfka 'auto always never'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx chain" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx ipset" -eq 1' -fka '(__kpx_custom_completion ---completion ipset -- positional@0 (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" t terse' -s 't' -l 'terse' -d 'Show only the headers, without members'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" netns' -l 'netns' -d 'Look in another network namespace: an \'ip netns\' name, a path or a process id' -rfka '(__kpx_custom_completion ---completion ipset -- --netns (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" 4 ipv4' -s '4' -l 'ipv4' -d 'Only IPv4'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" 6 ipv6' -s '6' -l 'ipv6' -d 'Only IPv6'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" api-dump' -l 'api-dump' -d 'Use the output of \'kubectl get services,endpointslices,pods,nodes -A -o json\' instead of the API: a file, or a directory of files' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" snapshot' -l 'snapshot' -d 'Ask a file of \'kpx snapshot\' instead of this node and the API' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" no-api' -l 'no-api' -d 'Do not contact the API server; use only the kernel\'s rules'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" node' -l 'node' -d 'This node\'s name in the API (default: by the kubelet\'s certificate, address or host name)' -rfka '(__kpx_custom_completion ---completion ipset -- --node (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" proxy-version' -l 'proxy-version' -d 'kube-proxy\'s version on this node, such as 1.34 (default: asked from kube-proxy, or inferred from its rules)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" kubeconfig' -l 'kubeconfig' -d 'The kubeconfig to use (default: KUBECONFIG, ~/.kube/config, then the node\'s own credentials)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" context' -l 'context' -d 'The kubeconfig context to use' -rfka '(__kpx_custom_completion ---completion ipset -- --context (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
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
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" o output' -l 'output' -s 'o' -d 'Output format' -rfka 'text wide name json yaml'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" color' -l 'color' -d 'When to use colours' -rfka 'auto always never'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipset" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" netns' -l 'netns' -d 'Look in another network namespace: an \'ip netns\' name, a path or a process id' -rfka '(__kpx_custom_completion ---completion ipvs -- --netns (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" 4 ipv4' -s '4' -l 'ipv4' -d 'Only IPv4'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" 6 ipv6' -s '6' -l 'ipv6' -d 'Only IPv6'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" api-dump' -l 'api-dump' -d 'Use the output of \'kubectl get services,endpointslices,pods,nodes -A -o json\' instead of the API: a file, or a directory of files' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" snapshot' -l 'snapshot' -d 'Ask a file of \'kpx snapshot\' instead of this node and the API' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" no-api' -l 'no-api' -d 'Do not contact the API server; use only the kernel\'s rules'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" node' -l 'node' -d 'This node\'s name in the API (default: by the kubelet\'s certificate, address or host name)' -rfka '(__kpx_custom_completion ---completion ipvs -- --node (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" proxy-version' -l 'proxy-version' -d 'kube-proxy\'s version on this node, such as 1.34 (default: asked from kube-proxy, or inferred from its rules)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" kubeconfig' -l 'kubeconfig' -d 'The kubeconfig to use (default: KUBECONFIG, ~/.kube/config, then the node\'s own credentials)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" context' -l 'context' -d 'The kubeconfig context to use' -rfka '(__kpx_custom_completion ---completion ipvs -- --context (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
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
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" o output' -l 'output' -s 'o' -d 'Output format' -rfka 'text wide name json yaml'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" color' -l 'color' -d 'When to use colours' -rfka 'auto always never'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx ipvs" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx snapshot" -ge 1' -fka '(__kpx_custom_completion ---completion snapshot -- positional@0 (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" o output' -l 'output' -s 'o' -d 'The file to make; - for standard output (default: kpx-NODE-TIME.kpx in the current directory). With --nodes: the directory of their files (default: kpx-TIME)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" connections' -l 'connections' -d 'Save open connections, too: they have the addresses of clients'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" redact' -l 'redact' -d 'Put pseudonyms in the place of names and addresses; FILE.key translates answers back (\'kpx unredact\')'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" key' -l 'key' -d 'With --redact: the key of an earlier snapshot, whose pseudonyms it has then' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" netns' -l 'netns' -d 'Look in another network namespace: an \'ip netns\' name, a path or a process id' -rfka '(__kpx_custom_completion ---completion snapshot -- --netns (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" api-dump' -l 'api-dump' -d 'Use the output of \'kubectl get services,endpointslices,pods,nodes -A -o json\' instead of the API: a file, or a directory of files' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" snapshot' -l 'snapshot' -d 'Ask a file of \'kpx snapshot\' instead of this node and the API' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" no-api' -l 'no-api' -d 'Do not contact the API server; use only the kernel\'s rules'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" node' -l 'node' -d 'This node\'s name in the API (default: by the kubelet\'s certificate, address or host name)' -rfka '(__kpx_custom_completion ---completion snapshot -- --node (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" proxy-version' -l 'proxy-version' -d 'kube-proxy\'s version on this node, such as 1.34 (default: asked from kube-proxy, or inferred from its rules)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" kubeconfig' -l 'kubeconfig' -d 'The kubeconfig to use (default: KUBECONFIG, ~/.kube/config, then the node\'s own credentials)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" context' -l 'context' -d 'The kubeconfig context to use' -rfka '(__kpx_custom_completion ---completion snapshot -- --context (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" s server' -l 'server' -s 's' -d 'The API server\'s URL' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" token' -l 'token' -d 'Bearer token for the API server; other users can see it in the process list' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" certificate-authority' -l 'certificate-authority' -d 'CA certificates to verify the API server with' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" client-certificate' -l 'client-certificate' -d 'Client certificate' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" client-key' -l 'client-key' -d 'Client certificate\'s key' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" insecure-skip-tls-verify' -l 'insecure-skip-tls-verify' -d 'Do not verify the server\'s certificate. Insecure: anyone on the path can read the credential'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" allow-plain-http' -l 'allow-plain-http' -d 'Send the credential to http:// servers, too. Insecure: anyone on the path can read it'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" tls-server-name' -l 'tls-server-name' -d 'Name to expect in the server\'s certificate, if it differs from the URL\'s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" request-timeout' -l 'request-timeout' -d 'Time limit for all API requests together, such as 500ms, 2s or 1m; 0 for none' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" as' -l 'as' -d 'User to impersonate' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot"' -l 'as-group' -d 'Group to impersonate; can be repeated' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" api-limit' -l 'api-limit' -d 'Limit for all that the API sends in one run, in MiB' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" nodes' -l 'nodes' -d 'Ask these nodes instead of this one, through ssh: all, or names and ranges such as node1,worker[1-20]. With --snapshot DIR, the snapshots in DIR' -rfka '(__kpx_custom_completion ---completion snapshot -- --nodes (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" l selector' -s 'l' -l 'selector' -d 'Ask the nodes with these labels, such as pool=gpu,!old' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" via' -l 'via' -d 'Ask through ssh, or by a pod on each node, which is deleted afterwards' -rfka 'ssh pods'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" image' -l 'image' -d 'With --via pods: the image of kpx, as nodes pull it' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" pod-namespace' -l 'pod-namespace' -d 'With --via pods: the namespace of the pods (default: kube-system)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" parallel' -l 'parallel' -d 'How many nodes are asked at the same time' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" node-timeout' -l 'node-timeout' -d 'Time limit for each node, such as 10s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" deadline' -l 'deadline' -d 'Time limit for all nodes together, such as 60s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" ssh-user' -l 'ssh-user' -d 'User to log in as on nodes (default: as ssh is configured)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" ssh-config' -l 'ssh-config' -d 'ssh\'s configuration (default: the user\'s own)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" ssh-address' -l 'ssh-address' -d 'Reach nodes by this kind of address in the API (default: by their names)' -rfka 'Hostname InternalDNS InternalIP ExternalDNS ExternalIP'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" remote-kpx' -l 'remote-kpx' -d 'Where kpx is on nodes (default: on PATH, in /usr/local/bin or /opt/bin)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" push' -l 'push' -d 'Send this kpx along, for nodes that have none; nothing of it stays there'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx snapshot" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx unredact" -eq 1' -F
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx unredact" key' -l 'key' -d 'The key of the snapshot' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx unredact" name' -l 'name' -d 'Print what stands for a Service or pod, a node, a namespace or an address instead' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx unredact" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx unredact" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" netns' -l 'netns' -d 'Use another network namespace: an \'ip netns\' name, a path or a process id' -rfka '(__kpx_custom_completion ---completion version -- --netns (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" api-dump' -l 'api-dump' -d 'Use the output of \'kubectl get services,endpointslices,pods,nodes -A -o json\' instead of the API: a file, or a directory of files' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" snapshot' -l 'snapshot' -d 'Ask a file of \'kpx snapshot\' instead of this node and the API' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" no-api' -l 'no-api' -d 'Do not contact the API server; use only the kernel\'s rules'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" node' -l 'node' -d 'This node\'s name in the API (default: by the kubelet\'s certificate, address or host name)' -rfka '(__kpx_custom_completion ---completion version -- --node (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" proxy-version' -l 'proxy-version' -d 'kube-proxy\'s version on this node, such as 1.34 (default: asked from kube-proxy, or inferred from its rules)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" kubeconfig' -l 'kubeconfig' -d 'The kubeconfig to use (default: KUBECONFIG, ~/.kube/config, then the node\'s own credentials)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" context' -l 'context' -d 'The kubeconfig context to use' -rfka '(__kpx_custom_completion ---completion version -- --context (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" s server' -l 'server' -s 's' -d 'The API server\'s URL' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" token' -l 'token' -d 'Bearer token for the API server; other users can see it in the process list' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" certificate-authority' -l 'certificate-authority' -d 'CA certificates to verify the API server with' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" client-certificate' -l 'client-certificate' -d 'Client certificate' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" client-key' -l 'client-key' -d 'Client certificate\'s key' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" insecure-skip-tls-verify' -l 'insecure-skip-tls-verify' -d 'Do not verify the server\'s certificate. Insecure: anyone on the path can read the credential'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" allow-plain-http' -l 'allow-plain-http' -d 'Send the credential to http:// servers, too. Insecure: anyone on the path can read it'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" tls-server-name' -l 'tls-server-name' -d 'Name to expect in the server\'s certificate, if it differs from the URL\'s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" request-timeout' -l 'request-timeout' -d 'Time limit for all API requests together, such as 500ms, 2s or 1m; 0 for none' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" as' -l 'as' -d 'User to impersonate' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version"' -l 'as-group' -d 'Group to impersonate; can be repeated' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" api-limit' -l 'api-limit' -d 'Limit for all that the API sends in one run, in MiB' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" nodes' -l 'nodes' -d 'Ask these nodes instead of this one, through ssh: all, or names and ranges such as node1,worker[1-20]. With --snapshot DIR, the snapshots in DIR' -rfka '(__kpx_custom_completion ---completion version -- --nodes (count (__kpx_tokens -pc)) (__kpx_tokens -tC))'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" l selector' -s 'l' -l 'selector' -d 'Ask the nodes with these labels, such as pool=gpu,!old' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" via' -l 'via' -d 'Ask through ssh, or by a pod on each node, which is deleted afterwards' -rfka 'ssh pods'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" image' -l 'image' -d 'With --via pods: the image of kpx, as nodes pull it' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" pod-namespace' -l 'pod-namespace' -d 'With --via pods: the namespace of the pods (default: kube-system)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" parallel' -l 'parallel' -d 'How many nodes are asked at the same time' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" node-timeout' -l 'node-timeout' -d 'Time limit for each node, such as 10s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" deadline' -l 'deadline' -d 'Time limit for all nodes together, such as 60s' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" ssh-user' -l 'ssh-user' -d 'User to log in as on nodes (default: as ssh is configured)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" ssh-config' -l 'ssh-config' -d 'ssh\'s configuration (default: the user\'s own)' -rF
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" ssh-address' -l 'ssh-address' -d 'Reach nodes by this kind of address in the API (default: by their names)' -rfka 'Hostname InternalDNS InternalIP ExternalDNS ExternalIP'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" remote-kpx' -l 'remote-kpx' -d 'Where kpx is on nodes (default: on PATH, in /usr/local/bin or /opt/bin)' -rfka ''
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" push' -l 'push' -d 'Send this kpx along, for nodes that have none; nothing of it stays there'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" o output' -l 'output' -s 'o' -d 'Output format' -rfka 'text wide name json yaml'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" color' -l 'color' -d 'When to use colours' -rfka 'auto always never'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx version" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_positional "kpx completion" -eq 1' -fka 'zsh bash fish'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx completion" version' -l 'version' -d 'Show the version.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx completion" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'kpx' -n '__kpx_should_offer_completions_for_flags_or_options "kpx help" version' -l 'version' -d 'Show the version.'
