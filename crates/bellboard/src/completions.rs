//! `bellboard completions`: what a shell needs to complete our command lines.

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;

/// The shells that we write for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Target {
    /// `source <(bellboard completions bash)`
    Bash,
    /// `source <(bellboard completions zsh)`
    Zsh,
    /// `bellboard completions fish | source`
    Fish,
    /// `bellboard completions powershell | Out-String | Invoke-Expression`
    Powershell,
}

/// Prints the script.
pub fn print<C: CommandFactory>(target: Target) -> std::io::Result<()> {
    let shell = match target {
        Target::Bash => Shell::Bash,
        Target::Zsh => Shell::Zsh,
        Target::Fish => Shell::Fish,
        Target::Powershell => Shell::PowerShell,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut C::command(), "bellboard", &mut script);
    std::io::Write::write_all(&mut std::io::stdout(), &script)
}
