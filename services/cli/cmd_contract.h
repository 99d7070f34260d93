/* cmd_contract: the commands of internal contracts. */
#ifndef BIHUAN_CLI_CMD_CONTRACT_H
#define BIHUAN_CLI_CMD_CONTRACT_H

struct cli;

int cmd_contract_offer(struct cli *cli);
int cmd_contract_list(struct cli *cli);
int cmd_contract_show(struct cli *cli);
int cmd_contract_balance(struct cli *cli);
/* steps of the sides */
int cmd_contract_agree(struct cli *cli);
int cmd_contract_decline(struct cli *cli);
int cmd_contract_withdraw(struct cli *cli);
int cmd_contract_deliver(struct cli *cli);
int cmd_contract_claim(struct cli *cli);
int cmd_contract_accept(struct cli *cli);
int cmd_contract_counter(struct cli *cli);
int cmd_contract_contest(struct cli *cli);
/* ... and of the arbiter */
int cmd_contract_trip(struct cli *cli);
int cmd_contract_decide(struct cli *cli);

#endif
