# Run as SYSTEM in the folder of the unpacked attachment: for all users, so the
# Path is the machine's.
$ErrorActionPreference = 'Stop'
try {
	$target = Join-Path $env:ProgramFiles 'Amazon\SessionManagerPlugin'
	$bin = Join-Path $target 'bin'
	$exe = Join-Path $bin 'session-manager-plugin.exe'
	$new = Join-Path $PSScriptRoot 'new'
	Expand-Archive -LiteralPath (Join-Path $PSScriptRoot 'SessionManagerPlugin.zip') -DestinationPath $new -Force
	Expand-Archive -LiteralPath (Join-Path $new 'package.zip') -DestinationPath (Join-Path $new 'tree') -Force
	New-Item -ItemType Directory -Force -Path $bin | Out-Null
	# a program that runs cannot be overwritten, but it can be renamed
	if (Test-Path -LiteralPath $exe) {
		Remove-Item -LiteralPath "$exe.old" -Force -ErrorAction SilentlyContinue
		Move-Item -LiteralPath $exe -Destination "$exe.old" -Force
	}
	Copy-Item -Path (Join-Path $new 'tree\*') -Destination $target -Recurse -Force
	Remove-Item -LiteralPath "$exe.old" -Force -ErrorAction SilentlyContinue
	$key = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey('SYSTEM\CurrentControlSet\Control\Session Manager\Environment', $true)
	$old = [string]$key.GetValue('Path', '', 'DoNotExpandEnvironmentNames')
	if (-not (($old -split ';') | Where-Object { $_.TrimEnd('\') -ieq $bin })) {
		$key.SetValue('Path', $old.TrimEnd(';') + ';' + $bin, 'ExpandString')
	}
	exit 0
} catch {
	Write-Error "cannot install: $_" -ErrorAction Continue
	exit 1
}
