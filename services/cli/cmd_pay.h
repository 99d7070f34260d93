/* cmd_pay: the commands of pay. */
#ifndef BIHUAN_CLI_CMD_PAY_H
#define BIHUAN_CLI_CMD_PAY_H

struct cli;

/* cmd_pay.c */
int cmd_pay_lint(struct cli *cli);
int cmd_pay_try(struct cli *cli);
int cmd_pay_calculate(struct cli *cli);
int cmd_pay_periods(struct cli *cli);
int cmd_pay_review(struct cli *cli);
int cmd_pay_return(struct cli *cli);
int cmd_pay_close(struct cli *cli);
int cmd_pay_paid(struct cli *cli);
int cmd_pay_show(struct cli *cli);
int cmd_pay_entries(struct cli *cli);
/* cmd_patterns.c */
int cmd_pay_patterns(struct cli *cli);
/* cmd_pay_statement.c */
int cmd_pay_statement(struct cli *cli);
int cmd_statement_key(struct cli *cli);
int cmd_verify_statement(struct cli *cli);
/* cmd_dispute.c */
int cmd_pay_adjust(struct cli *cli);
int cmd_pay_adjustments(struct cli *cli);
int cmd_pay_approve(struct cli *cli);
int cmd_pay_refuse(struct cli *cli);
int cmd_pay_export(struct cli *cli);
int cmd_pay_acknowledge(struct cli *cli);
int cmd_pay_payments(struct cli *cli);
int cmd_dispute_raise(struct cli *cli);
int cmd_dispute_list(struct cli *cli);
int cmd_dispute_assign(struct cli *cli);
int cmd_dispute_accept(struct cli *cli);
int cmd_dispute_refuse(struct cli *cli);
int cmd_dispute_withdraw(struct cli *cli);

#endif
