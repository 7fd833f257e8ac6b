/*
 * The doctor: every row of the prerequisites, both sides of each limit.
 */
#include "common/def.h"
#include "installer/doctor.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static struct inst_doctor_finding judge(const struct inst_doctor_facts *f,
					const char *name)
{
	struct inst_doctor_finding x = { 0 };
	size_t i;

	for (i = 0; i < inst_doctor_count(); i++) {
		inst_doctor_judge(f, i, &x);
		if (!strcmp(x.name, name)) {
			/* what is not met says what to do and who says so */
			if (x.grade == INST_DOCTOR_WARN ||
			    x.grade == INST_DOCTOR_FAIL)
				assert_true(x.advice[0] != '\0');
			else
				assert_string_equal(x.advice, "");
			assert_true(x.source[0] != '\0');
			return x;
		}
	}
	fail_msg("no row '%s'", name);
	return x;
}

#define GRADE(f, name, want) assert_int_equal(judge(f, name).grade, want)
#define NONE INST_DOCTOR_NONE
#define PASS INST_DOCTOR_PASS
#define WARN INST_DOCTOR_WARN
#define FAIL INST_DOCTOR_FAIL

static struct inst_doctor_facts good(void)
{
	struct inst_doctor_facts f = { 0 };

	f.platform = SM_PLATFORM_LINUX;
	f.arch = SM_ARCH_X86_64;
	f.os = "ubuntu";
	f.os_version = "18.04";
	f.cli = "/usr/bin/aws";
	f.cli_version = "2.15.0";
	f.plugin = "/usr/local/bin/session-manager-plugin";
	f.plugin_version = "1.2.896.0";
	f.minimum = "1.2.764.0";
	f.newest = "1.2.896.0";
	f.link_dir = "/usr/local/bin";
	return f;
}

static void nothing_known(void **state)
{
	struct inst_doctor_facts f = { 0 };
	struct inst_doctor_finding x;
	size_t i;

	SM_UNUSED(state);
	f.arch = SM_ARCH_X86_64;
	for (i = 0; i < inst_doctor_count(); i++)
		inst_doctor_judge(&f, i, &x);
	GRADE(&f, "plugin", FAIL);
	GRADE(&f, "aws-cli", WARN);
	GRADE(&f, "plugin-minimum", NONE);
	GRADE(&f, "plugin-newest", NONE);
	GRADE(&f, "sudo-path", NONE);
	GRADE(&f, "log-directory", NONE);
	GRADE(&f, "endpoint-ssm", NONE);
	GRADE(&f, "trusted-roots", NONE);
	GRADE(&f, "managed-node", NONE);
	GRADE(&f, "agent-sessions", NONE);
	GRADE(&f, "ssm-user", NONE);
}

static void client(void **state)
{
	struct inst_doctor_facts f = good();

	SM_UNUSED(state);
	GRADE(&f, "system", PASS);
	GRADE(&f, "architecture", PASS);
	f.arch = SM_ARCH_OTHER;
	GRADE(&f, "architecture", FAIL);
	GRADE(&f, "aws-cli", PASS);
	f.cli_version = "1.16.12";
	GRADE(&f, "aws-cli", PASS);
	f.cli_version = "1.16.11";
	GRADE(&f, "aws-cli", FAIL);
	f.cli_version = NULL;
	GRADE(&f, "aws-cli", WARN);
	GRADE(&f, "plugin", PASS);
	f.plugins = "/usr/bin/session-manager-plugin";
	GRADE(&f, "plugin", WARN);
	assert_non_null(strstr(judge(&f, "plugin").found, ", also /usr/bin/"));
	GRADE(&f, "plugin-minimum", PASS);
	GRADE(&f, "plugin-newest", PASS);
	f.plugin_version = "1.2.764.0";
	GRADE(&f, "plugin-minimum", PASS);
	GRADE(&f, "plugin-newest", WARN);
	f.plugin_version = "1.2.763.9";
	GRADE(&f, "plugin-minimum", FAIL);
	f.plugin_version = NULL;
	GRADE(&f, "plugin-minimum", FAIL);
	f.plugin = NULL;
	f.plugin_off_path = "/usr/local/bin/session-manager-plugin";
	GRADE(&f, "plugin", FAIL);
	assert_non_null(strstr(judge(&f, "plugin").advice, "PATH"));
	f.sudo_path = INST_DOCTOR_YES;
	GRADE(&f, "sudo-path", PASS);
	f.sudo_path = INST_DOCTOR_NO;
	GRADE(&f, "sudo-path", WARN);
	f.log_dir = "/logs";
	f.log_writable = INST_DOCTOR_YES;
	GRADE(&f, "log-directory", PASS);
	f.log_writable = INST_DOCTOR_NO;
	GRADE(&f, "log-directory", WARN);
}

static void windows(void **state)
{
	struct inst_doctor_facts f = good();

	SM_UNUSED(state);
	GRADE(&f, "powershell", NONE); /* not on Linux */
	f.platform = SM_PLATFORM_WINDOWS;
	f.os = "windows";
	f.os_version = "10.0.17763";
	GRADE(&f, "system", PASS);
	f.os_version = "6.3.9600";
	GRADE(&f, "system", FAIL);
	f.os_version = "10.0.14393";
	f.nano = true;
	GRADE(&f, "system", FAIL);
	f.arch = SM_ARCH_I386;
	GRADE(&f, "architecture", WARN);
	GRADE(&f, "powershell", WARN);
	f.powershell = "2.0";
	GRADE(&f, "powershell", FAIL);
	f.powershell = "3.0";
	GRADE(&f, "powershell", WARN);
	f.powershell = "5.1.17763";
	GRADE(&f, "powershell", PASS);
	f.agent = "agent";
	GRADE(&f, "managed-node", FAIL); /* Nano never */
}

static void network(void **state)
{
	struct inst_doctor_facts f = good();
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < INST_DOCTOR_HOSTS; i++) {
		f.host[i].url = "https://x";
		f.host[i].reached = INST_DOCTOR_NO;
	}
	GRADE(&f, "endpoint-ssm", WARN); /* no network at all */
	f.host[INST_DOCTOR_SSMMESSAGES].reached = INST_DOCTOR_YES;
	GRADE(&f, "endpoint-ssmmessages", PASS);
	GRADE(&f, "endpoint-ssm", FAIL); /* blocked */
	GRADE(&f, "endpoint-ec2messages", FAIL);
	f.host[INST_DOCTOR_SSMMESSAGES].reached = INST_DOCTOR_NO;
	f.host[INST_DOCTOR_SSM].refused = true;
	GRADE(&f, "endpoint-ssm", FAIL);
	GRADE(&f, "endpoint-ec2messages", WARN);
	f.roots_known = INST_DOCTOR_YES;
	GRADE(&f, "trusted-roots", FAIL);
	f.roots = "Amazon Root CA 1";
	GRADE(&f, "trusted-roots", PASS);
}

/* What a failure is about shows in its text, and decides what to do. */
static void causes(void **state)
{
	static const struct {
		const char *text;
		enum inst_doctor_grade want;
		const char *advice;
	} all[] = {
		{ "CONNECT tunnel failed, response 407", FAIL, "PASSWORD" },
		{ "CONNECT tunnel failed, response 403", FAIL,
		  "allow CONNECT" },
		{ "SSL routines::wrong version number", FAIL, "portal" },
		{ "certificate has expired", FAIL, "clock" },
		{ "certificate is not yet valid", FAIL, "clock" },
		{ "cannot use AWS_CA_BUNDLE: not there", FAIL, "unset" },
		{ "Could not resolve proxy: x", FAIL, "HTTPS_PROXY" },
		{ "Could not resolve host: x", WARN, "name server" },
		{ "Connection timed out", WARN, "port 443" },
	};
	struct inst_doctor_facts f = good();
	size_t i;

	SM_UNUSED(state);
	f.host[0].url = "https://x";
	f.host[0].reached = INST_DOCTOR_NO;
	for (i = 0; i < SM_ARRAY_LEN(all); i++) {
		f.host[0].text = all[i].text;
		GRADE(&f, "endpoint-ssm", all[i].want);
		assert_non_null(strstr(judge(&f, "endpoint-ssm").advice,
				       all[i].advice));
	}
	f.roots_known = INST_DOCTOR_YES;
	f.roots_error = "cannot use X";
	GRADE(&f, "trusted-roots", FAIL);
	assert_string_equal(judge(&f, "trusted-roots").found, "cannot use X");
}

static void agent(void **state)
{
	static const struct {
		const char *row, *below, *minimum;
		enum inst_doctor_grade grade;
	} all[] = {
		{ "agent-sessions", "2.3.67.9", "2.3.68.0", FAIL },
		{ "agent-ssm-user", "2.3.49.0", "2.3.50.0", WARN },
		{ "agent-encryption", "2.3.538.0", "2.3.539.0", WARN },
		{ "agent-forwarding", "2.3.671.9", "2.3.672.0", WARN },
		{ "agent-profiles", "3.0.160.0", "3.0.161.0", WARN },
		{ "agent-streaming", "3.0.283.0", "3.0.284.0", WARN },
	};
	struct inst_doctor_facts f = good();
	size_t i;

	SM_UNUSED(state);
	f.agent = "/usr/bin/amazon-ssm-agent";
	GRADE(&f, "agent-sessions", WARN);
	GRADE(&f, "agent-profiles", NONE);
	for (i = 0; i < SM_ARRAY_LEN(all); i++) {
		f.agent_version = all[i].minimum;
		GRADE(&f, all[i].row, PASS);
		f.agent_version = all[i].below;
		GRADE(&f, all[i].row, all[i].grade);
	}
	f.ssm_user = INST_DOCTOR_NO;
	f.agent_version = "2.3.611.0";
	assert_non_null(strstr(judge(&f, "ssm-user").advice, "restart"));
	f.agent_version = "2.3.612.0";
	assert_non_null(strstr(judge(&f, "ssm-user").advice, "first session"));
	f.ssm_user = INST_DOCTOR_YES;
	GRADE(&f, "ssm-user", PASS);
	f.ssm_user_sudo = INST_DOCTOR_NO;
	GRADE(&f, "ssm-user", WARN);
	f.ssm_user_sudo = INST_DOCTOR_YES;
	GRADE(&f, "ssm-user", PASS);
}

static void nodes(void **state)
{
	static const struct {
		const char *os, *version;
		enum sm_arch arch;
		enum inst_doctor_grade want;
	} all[] = {
		{ "amzn", "2014.03", SM_ARCH_I386, PASS },
		{ "amzn", "2013.09", SM_ARCH_X86_64, FAIL },
		{ "amzn", "2015.03", SM_ARCH_X86_64, PASS },
		{ "amzn", "2018.03", SM_ARCH_X86_64, PASS },
		{ "amzn", "2", SM_ARCH_X86_64, PASS },
		{ "amzn", "2", SM_ARCH_I386, FAIL },
		{ "amzn", "2023", SM_ARCH_AARCH64, PASS },
		{ "ubuntu", "12.04", SM_ARCH_I386, PASS },
		{ "ubuntu", "10.04", SM_ARCH_X86_64, FAIL },
		{ "ubuntu", "18.04", SM_ARCH_X86_64, PASS },
		{ "ubuntu", "24.04", SM_ARCH_X86_64, PASS },
		{ "rhel", "6.0", SM_ARCH_X86_64, PASS },
		{ "rhel", "6.0", SM_ARCH_I386, FAIL },
		{ "rhel", "6.5", SM_ARCH_I386, PASS },
		{ "rhel", "7.4", SM_ARCH_X86_64, PASS },
		{ "rhel", "7.4", SM_ARCH_I386, FAIL },
		{ "rhel", "9.2", SM_ARCH_AARCH64, PASS },
		{ "centos", "6.2", SM_ARCH_X86_64, FAIL },
		{ "centos", "6.3", SM_ARCH_I386, PASS },
		{ "centos", "7.1", SM_ARCH_I386, FAIL },
		{ "centos", "7.1", SM_ARCH_X86_64, PASS },
		{ "sles", "11.4", SM_ARCH_X86_64, FAIL },
		{ "sles", "12", SM_ARCH_X86_64, PASS },
		{ "sles", "15.5", SM_ARCH_I386, FAIL },
		{ "raspbian", "8", SM_ARCH_OTHER, PASS },
		{ "raspbian", "9", SM_ARCH_AARCH64, PASS },
		{ "raspbian", "7", SM_ARCH_OTHER, FAIL },
		{ "windows", "6.1.7601", SM_ARCH_X86_64, PASS },
		{ "windows", "6.0", SM_ARCH_X86_64, FAIL },
		{ "alpine", "3.20", SM_ARCH_X86_64, WARN },
		{ "ubuntu", "", SM_ARCH_X86_64, WARN },
	};
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(all); i++) {
		enum inst_doctor_grade got =
			inst_doctor_node(SM_PLATFORM_LINUX, all[i].arch,
					 all[i].os, all[i].version);

		if (got != all[i].want)
			fail_msg("%s %s: %s", all[i].os, all[i].version,
				 inst_doctor_grade_name(got));
	}
}

static void versions(void **state)
{
	struct sm_arena a = SM_ARENA_INIT;

	SM_UNUSED(state);
	assert_string_equal(
		inst_doctor_version(
			&a, sm_str("aws-cli/1.16.12 Python/2.7 Linux/5")),
		"1.16.12");
	assert_string_equal(
		inst_doctor_version(&a,
				    sm_str("SSM Agent version: 3.0.529.0.")),
		"3.0.529.0");
	assert_null(inst_doctor_version(&a, sm_str("")));
	assert_null(inst_doctor_version(&a, sm_str("python3 ... . 7")));
	sm_arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_known), cmocka_unit_test(client),
		cmocka_unit_test(windows),       cmocka_unit_test(network),
		cmocka_unit_test(agent),         cmocka_unit_test(nodes),
		cmocka_unit_test(versions),      cmocka_unit_test(causes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
