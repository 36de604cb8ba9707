// The script that ties a program to the completion of a shell. It knows no command and no option: at each Tab it asks the
// program itself, by its name and never by a path that was typed, so it cannot grow stale. Pure.

import type { Shell } from './shells.ts';

/**
 * Formats the script.
 * @param program its name, of letters only
 */
export function formatCompletionScript(program: string, shell: Shell): string {
  return SCRIPTS[shell].replaceAll('PROGRAM', program);
}

const BASH = `# bash completion of PROGRAM
_PROGRAM() {
  local line last=\${COMP_WORDS[COMP_CWORD]}
  # Up to the cursor; after a break such as "=" that is nothing, and the break has to be told.
  [[ $last == [=:]* ]] || last=$2
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o default ;;
      :folders) compopt -o dirnames ;;
      :programs) mapfile -t COMPREPLY < <(compgen -c -- "$2") ;;
      *) COMPREPLY+=("$line") ;;
    esac
  done < <(PROGRAM completion bash -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" "$last" 2>/dev/null)
}
complete -F _PROGRAM PROGRAM
`;

const ZSH = `#compdef PROGRAM
# zsh completion of PROGRAM
_PROGRAM() {
  local line
  local -a found lines
  lines=("\${(@f)$(PROGRAM completion zsh -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  for line in $lines; do
    [[ $line == :* ]] || found+=("$line")
  done
  (( $#found )) && _describe PROGRAM found
  for line in $lines; do
    case $line in
      :files) compset -P '--*='; _files ;;
      :folders) compset -P '--*='; _files -/ ;;
      :programs) _command_names -e ;;
    esac
  done
}
if [[ \${funcstack[1]-} == _PROGRAM ]]; then
  _PROGRAM "$@"
else
  compdef _PROGRAM PROGRAM
fi
`;

const FISH = `# fish completion of PROGRAM
function __PROGRAM_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l current (string unescape -- "$typed"; or printf '%s\\n' "$typed")
    set -l option (string match -r -- '^--[^=]*=' "$current")
    set -l value (string replace -- "$option" '' "$current")
    PROGRAM completion fish -- $words[2..-1] "$current" 2>/dev/null | while read -l line
        switch $line
            case :files
                for found in (__fish_complete_path "$value")
                    printf '%s\\n' "$option$found"
                end
            case :folders
                for found in (__fish_complete_directories "$value")
                    printf '%s\\n' "$option$found"
                end
            case :programs
                __fish_complete_command
            case '*'
                printf '%s\\n' $line
        end
    end
end
complete -c PROGRAM -e
complete -c PROGRAM -f -a '(__PROGRAM_complete)'
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
