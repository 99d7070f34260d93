/* pay_plans: how the demo province pays its dealers, outlets and salespeople: a manifest. */
#ifndef BIHUAN_DEMO_PAY_PLANS_H
#define BIHUAN_DEMO_PAY_PLANS_H

extern const char demo_pay_plans[];

#endif
