@echo off
rem Installs or updates the Session Manager plugin from package.zip, which lies
rem beside this file. Run it as administrator. It ends with 0, or with 1 and
rem one line that says what failed. What was installed before stays until the
rem new files are unpacked.
setlocal EnableExtensions DisableDelayedExpansion

rem Programs by their full names: this file is run from a downloads folder.
set "SYS=%SystemRoot%\System32"
set "SM_ZIP=%~dp0package.zip"
set "ROOT=%ProgramFiles%"
if defined ProgramW6432 set "ROOT=%ProgramW6432%"
set "TARGET=%ROOT%\Amazon\SessionManagerPlugin"
set "BIN=%TARGET%\bin"
set "EXE=session-manager-plugin.exe"
set "SM_NEW=%TARGET%.new"

set "FAILED=cannot open '%SM_ZIP%'"
if not exist "%SM_ZIP%" goto failed
set "FAILED=cannot write to '%TARGET%': run this as administrator"
if exist "%SM_NEW%" rd /s /q "%SM_NEW%"
md "%SM_NEW%" 2>nul
if not exist "%SM_NEW%" goto failed
if not exist "%BIN%" md "%BIN%" 2>nul
if not exist "%BIN%" goto failed

set "FAILED=cannot unpack '%SM_ZIP%'"
"%SYS%\WindowsPowerShell\v1.0\powershell.exe" -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass -Command "Expand-Archive -LiteralPath $env:SM_ZIP -DestinationPath $env:SM_NEW -Force" >nul 2>&1
rem where there is no PowerShell of version 5
if not exist "%SM_NEW%\bin\%EXE%" "%SYS%\tar.exe" -xf "%SM_ZIP%" -C "%SM_NEW%" >nul 2>&1
if not exist "%SM_NEW%\bin\%EXE%" goto failed

rem Older installers made a service of it, which it is not.
"%SYS%\sc.exe" query session-manager-plugin >nul 2>&1
if errorlevel 1 goto replace
"%SYS%\sc.exe" stop session-manager-plugin >nul 2>&1
"%SYS%\sc.exe" delete session-manager-plugin >nul 2>&1

:replace
rem A program that runs cannot be overwritten, but it can be renamed.
set "FAILED=cannot replace '%BIN%\%EXE%'"
if exist "%BIN%\%EXE%.old" del /f /q "%BIN%\%EXE%.old" 2>nul
if exist "%BIN%\%EXE%.old" goto failed
if not exist "%BIN%\%EXE%" goto put
move /y "%BIN%\%EXE%" "%BIN%\%EXE%.old" >nul 2>&1
if exist "%BIN%\%EXE%" goto failed
:put
move /y "%SM_NEW%\bin\%EXE%" "%BIN%\%EXE%" >nul 2>&1
if not exist "%BIN%\%EXE%" goto undo
if exist "%BIN%\%EXE%.old" del /f /q "%BIN%\%EXE%.old" 2>nul
set "FAILED=cannot write to '%TARGET%'"
"%SYS%\xcopy.exe" "%SM_NEW%" "%TARGET%" /e /i /q /r /y >nul 2>&1
if errorlevel 1 goto failed
rd /s /q "%SM_NEW%"

call :add_path
if errorlevel 1 goto failed
echo Installed in "%TARGET%".
echo New windows of the command prompt find session-manager-plugin.
exit /b 0

:undo
if exist "%BIN%\%EXE%.old" move /y "%BIN%\%EXE%.old" "%BIN%\%EXE%" >nul 2>&1
:failed
echo install: %FAILED% 1>&2
if exist "%SM_NEW%" rd /s /q "%SM_NEW%"
exit /b 1

rem Adds BIN to the user's Path, once. The value is read and written as it
rem is, with what is not expanded in it.
:add_path
set "FAILED=cannot change the user's Path: add '%BIN%' to it by hand"
set "OLD="
for /f "tokens=1,2,*" %%A in ('%SYS%\reg.exe query HKCU\Environment /v Path 2^>nul') do if /i "%%A"=="Path" set "OLD=%%C"
setlocal EnableDelayedExpansion
if not defined OLD goto write_path
rem a command line cannot hold a longer one, nor a quote inside quotes
if not "!OLD:~7000,1!"=="" exit /b 1
set "BARE=!OLD:"=!"
if not "!BARE!"=="!OLD!" exit /b 1
set "LIST=;!OLD!;"
if not "!LIST:;%BIN%;=!"=="!LIST!" exit /b 0
if not "!LIST:;%BIN%\;=!"=="!LIST!" exit /b 0
if "!OLD:~-1!"==";" set "OLD=!OLD:~0,-1!"
:write_path
if defined OLD (set "NEW=!OLD!;%BIN%") else set "NEW=%BIN%"
"%SYS%\reg.exe" add HKCU\Environment /v Path /t REG_EXPAND_SZ /d "!NEW!" /f >nul 2>&1
exit /b %ERRORLEVEL%
