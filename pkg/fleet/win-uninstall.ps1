# Removes what win-install.ps1 put there; seelog.xml and logs stay.
$ErrorActionPreference = 'Stop'
try {
	$target = Join-Path $env:ProgramFiles 'Amazon\SessionManagerPlugin'
	$bin = Join-Path $target 'bin'
	$names = 'bin\session-manager-plugin.exe', 'LICENSE', 'NOTICE', 'README.md', 'RELEASENOTES.md', 'THIRD-PARTY', 'VERSION', 'seelog.xml.template'
	foreach ($name in $names) {
		$path = Join-Path $target $name
		if (Test-Path -LiteralPath $path) { Remove-Item -LiteralPath $path -Force }
	}
	foreach ($dir in $bin, $target) {
		if ((Test-Path -LiteralPath $dir) -and -not (Get-ChildItem -LiteralPath $dir -Force)) { Remove-Item -LiteralPath $dir -Force }
	}
	$key = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey('SYSTEM\CurrentControlSet\Control\Session Manager\Environment', $true)
	$old = [string]$key.GetValue('Path', '', 'DoNotExpandEnvironmentNames')
	$kept = ($old -split ';') | Where-Object { $_.TrimEnd('\') -ine $bin }
	if (($kept -join ';') -ne $old) { $key.SetValue('Path', ($kept -join ';'), 'ExpandString') }
	exit 0
} catch {
	Write-Error "cannot uninstall: $_" -ErrorAction Continue
	exit 1
}
