/* What test_kill_planning plays: a request a row, in the words of the API (' stands for "). `code`: how it is refused,
 * NULL when it is done. Rows of the type 0 are nights: the daemons start anew a second before midnight, and time moves
 * what becomes due on `json`, the new day. No duty changes twice in one night: what is published then depends on the
 * night alone, not on the moment at which the timer comes by. */
#ifndef BIHUAN_TESTS_FAULTS_PLANNING_SCRIPT_H
#define BIHUAN_TESTS_FAULTS_PLANNING_SCRIPT_H

#include <stdint.h>

struct step {
    const char *person;
    uint32_t type;
    const char *json;
    const char *code;
};

#define UNIT(code, type, parent)                                                                                       \
    "{'code':'" code "','name':'x','type':'" type "','relations':[{'parent':'" parent "','from':'2026-01-01'}]}"
#define PERSON(who, role, unit)                                                                                        \
    "{'code':'" who "','name':'" who "','roles':[{'role':'" role "','unit':'" unit "','from':'2026-01-01'}]}"
#define NAMED "'title_zh':'x','title_en':'x'"
#define ROLES                                                                                                          \
    "'roles':[{'code':'city','unit_type':'city'," NAMED "},{'code':'office','units':['OFFICE']," NAMED "},"            \
    "{'code':'centre','unit_type':'centre'," NAMED "},{'code':'outlet','unit_type':'outlet'," NAMED "}]"
#define DUTY(code, who, due, by)                                                                                       \
    "{'code':'" code "'," NAMED ",'role':'" who "','due':'" due "','responsibilities':["                               \
    "{'role':'" who "','does':['draft']},{'role':'" by "','does':['approve']}]}"
#define DUTY_REPORT    DUTY("report", "city", "start-10d", "office")
#define DUTY_DIAGNOSIS DUTY("diagnosis", "office", "start-5d", "centre")
#define DUTY_SHOP      DUTY("shop", "outlet", "start", "city")
#define STAGES                                                                                                         \
    "'stages':[{'code':'one'," NAMED ",'deliverables':[" DUTY_REPORT "," DUTY_DIAGNOSIS "]},{'code':'two'," NAMED      \
    ",'gates':['report','diagnosis'],'deliverables':[" DUTY_SHOP "]}]"
#define DELIVERABLE(id, revision, more) "{'id':'q:" id "','revision':" revision more "}"
#define BY_LAST_YEAR                    "'mix':[{'kind':'set','set':'y1','share':1}]"
#define LINE                            "'period':'Q4','measure':'new'"
#define ANSWER(unit, answer)            "{'period':'Q4','unit':'" unit "','answer':'" answer "'}"
#define GUIDE(text)                                                                                                    \
    "{'guide':{'code':'g1','kind':'policy','title_zh':'x','text':'" text "','unit':'CENTRE','due':'2026-09-20',"       \
    "'training':true,'to':{'types':['city','outlet']}}}"
#define OFFER(reward)                                                                                                  \
    "{'items':[{'code':'fibre','name':'x','offered_by':'CENTRE','products':['5g'],'sellers':['C1','C2'],"              \
    "'office':'OFFICE','budget_of':'P','from':'2026-10-01','until':'2027-01-01','reward':'" reward                     \
    "','budget':'5000'}]}"
#define CONSENT(unit, revision) "{'code':'fibre','unit':'" unit "','revision':" revision "}"
#define ACCOUNT                                                                                                        \
    "{'plan':{'code':'a1','kind':'account','title':'x','unit':'C1','period':'Q4','customer':'x','approver':'OFFICE',"  \
    "'sections':[{'code':'business','text':'x'},{'code':'outlook','text':'x'},{'code':'competition','text':'x'},"      \
    "{'code':'weak_points','text':'x'},{'code':'visits','text':'x'}],'steps':[{'text':'x','owner':'city1',"            \
    "'due':'2026-10-20'}],'figures':{'measure':'new','sales':['100','120','150'],'spend':'400'}}}"

static const struct step before_edits[] = {
    /* what there is */
    { "admin", MSG(APPLY_CHANNELS), "{'items':[{'code':'hall','name':'h'},{'code':'online','name':'o'}]}", NULL },
    { "admin", MSG(APPLY_PRODUCTS),
      "{'items':[{'code':'mobile','name':'m'},{'code':'5g','name':'5','parent':'mobile'}]}", NULL },
    { "admin", MSG(APPLY_MEASURES), "{'items':[{'code':'new','title_zh':'x','title_en':'n','value':'count'}]}", NULL },
    { "admin", MSG(APPLY_CALENDARS),
      "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}", NULL },
    { "admin", MSG(APPLY_PERIODS),
      "{'items':[{'code':'Q4','from':'2026-10-01','until':'2027-01-01','calendar':'flat'},"
      "{'code':'M10','from':'2026-10-01','until':'2026-11-01','calendar':'flat'},"
      "{'code':'M11','from':'2026-11-01','until':'2026-12-01','calendar':'flat'},"
      "{'code':'M12','from':'2026-12-01','until':'2027-01-01','calendar':'flat'}]}",
      NULL },
    { "admin", MSG(APPLY_UNITS), "{'items':[{'code':'P','name':'p','type':'province'}]}", NULL },
    { "admin", MSG(APPLY_UNITS),
      "{'items':[" UNIT("C1", "city", "P") "," UNIT("C2", "city", "P") "," UNIT("OFFICE", "office", "P") "]}", NULL },
    { "admin", MSG(APPLY_UNITS),
      "{'items':[" UNIT("S1", "outlet", "C1") "," UNIT("S2", "outlet", "C1") "," UNIT("S3", "outlet", "C2") "]}",
      NULL },
    { "admin", MSG(APPLY_UNITS), "{'items':[" UNIT("CENTRE", "centre", "P") "]}", NULL },
    { "admin", MSG(APPLY_UNITS), "{'items':[" UNIT("X", "city", "nobody") "]}", "unknown_unit" },
    { "admin", MSG(APPLY_PEOPLE),
      "{'items':[" PERSON("planner", "head", "P") "," PERSON("boss", "head", "P") "," PERSON("office", "office",
                                                                                             "OFFICE") "]}",
      NULL },
    { "admin", MSG(APPLY_PEOPLE),
      "{'items':[" PERSON("centre", "centre", "CENTRE") "," PERSON("city1", "city", "C1") "]}", NULL },
    { "admin", MSG(APPLY_PEOPLE), "{'items':[" PERSON("city2", "city", "C2") "," PERSON("shop1", "outlet", "S1") "]}",
      NULL },
    { "admin", MSG(APPLY_PEOPLE), "{'items':[" PERSON("shop2", "outlet", "S2") "," PERSON("shop3", "outlet", "S3") "]}",
      NULL },
    { "admin", MSG(APPLY_WEIGHT_SETS), "{'items':[{'code':'y1','title':'x','kind':'history','measure':'new'}]}", NULL },
    { "admin", MSG(APPLY_WEIGHTS),
      "{'items':[{'set':'y1','unit':'S1','value':'300'},{'set':'y1','unit':'S2','value':'100'},"
      "{'set':'y1','unit':'S3','value':'200'}]}",
      NULL },
    { "admin", MSG(APPLY_FITS), "{'items':[{'code':'f','product':'5g','channel':'hall','fit':'preferred'}]}", NULL },
    /* a quarter's targets: cut, bounded, talked about, moved */
    { "planner", MSG(DECOMPOSE),
      "{" LINE ",'unit':'P','total':'100100','hedge_ppm':100000,'reason':'p'," BY_LAST_YEAR "}", NULL },
    { "planner", MSG(APPLY_BOUNDS),
      "{'items':[{" LINE ",'unit':'S2','lock':'yes'},{" LINE ",'unit':'S3','ceiling':'35000'}]}", NULL },
    { "planner", MSG(DECOMPOSE), "{" LINE ",'unit':'P','total':'90000','reason':'less'," BY_LAST_YEAR "}", NULL },
    { "planner", MSG(APPLY_BOUNDS), "{'items':[{" LINE ",'unit':'S2'}]}", NULL },
    { "city1", MSG(APPLY_DRAFTS), "{'items':[{" LINE ",'unit':'C1','amount':'60000'}]}", NULL },
    { "planner", MSG(ANSWER_TARGETS), ANSWER("P", "propose"), NULL },
    { "city1", MSG(ANSWER_TARGETS),
      "{'period':'Q4','unit':'C1','answer':'ask','reason':'closed','asks':[{'measure':'new','amount':'58000'}]}",
      NULL },
    { "planner", MSG(SUBMIT_PLAN), "{'period':'Q4'}", "consent_needed" },
    { "planner", MSG(ANSWER_TARGETS), ANSWER("C1", "grant"), NULL },
    { "planner", MSG(ANSWER_TARGETS), ANSWER("C2", "remind"), NULL },
    { "city1", MSG(ANSWER_TARGETS), ANSWER("C1", "accept"), NULL },
    { "city1", MSG(ANSWER_TARGETS), ANSWER("C1", "propose"), NULL },
    { "city2", MSG(ANSWER_TARGETS), ANSWER("C2", "accept"), NULL },
    { "planner", MSG(SET_TARGET), "{" LINE ",'unit':'S1','amount':'41000','reason':'x'}", NULL },
    { "planner", MSG(TRANSFER_TARGET), "{" LINE ",'from_unit':'S1','to_unit':'S3','amount':'650','reason':'x'}", NULL },
    { "planner", MSG(TRANSFER_TARGET), "{" LINE ",'from_unit':'S1','to_unit':'S3','amount':'99999','reason':'x'}",
      "below_zero" },
    { "planner", MSG(SUBMIT_PLAN), "{'period':'Q4','consents':['zero_target']}", NULL },
    { "boss", MSG(RETURN_PLAN), "{'period':'Q4','reason':'again'}", NULL },
    { "planner", MSG(SUBMIT_PLAN), "{'period':'Q4','consents':['zero_target']}", NULL },
    { "planner", MSG(APPROVE_PLAN), "{'period':'Q4'}", "own_submission" },
    { "boss", MSG(APPROVE_PLAN), "{'period':'Q4'}", NULL },
    { "boss", MSG(PUBLISH_PLAN), "{'period':'Q4'}", NULL },
    { "planner", MSG(DECOMPOSE), "{" LINE ",'unit':'P','over':'periods','reason':'months'}", NULL },
    { "planner", MSG(REVISE_PLAN), "{'period':'Q4','reason':'flood'}", NULL },
    { "planner", MSG(REVISE_PLAN), "{'period':'Q4','reason':'flood'}", "in_works" },
};

#define SUBMIT(who, id, revision)                                                                                      \
    {                                                                                                                  \
        who, MSG(SUBMIT_DELIVERABLE), DELIVERABLE(id, revision, ",'text':'x'"), NULL                                   \
    }
#define APPROVE(who, id, revision)                                                                                     \
    {                                                                                                                  \
        who, MSG(APPROVE_DELIVERABLE), DELIVERABLE(id, revision, ""), NULL                                             \
    }

static const struct step after_edits[] = {
    /* a cycle of two stages and its duties */
    { "planner", MSG(APPLY_CYCLE_TEMPLATES), "{'items':[{'code':'small'," NAMED "," ROLES "," STAGES "}]}", NULL },
    { "planner", MSG(OPEN_CYCLE), "{'template':'small','period':'Q4','code':'q'}", NULL },
    { "planner", MSG(OPEN_CYCLE), "{'template':'small','period':'Q4','code':'q'}", "cycle_exists" },
    { "centre", MSG(ISSUE_GUIDE), GUIDE("first"), NULL },
    { "city1", MSG(ACKNOWLEDGE_GUIDE), "{'code':'g1','unit':'C1','version':1}", NULL },
    { "centre", MSG(ISSUE_GUIDE), GUIDE("second"), NULL },
    { "city1", MSG(ACKNOWLEDGE_GUIDE), "{'code':'g1','unit':'C1','version':1}", "stale_version" },
    { "centre", MSG(ATTACH_GUIDE_FILE), "{'guide':'g1','name':'f','data':'aGVsbG8=','last':true}", NULL },
    { "city1", MSG(ACKNOWLEDGE_GUIDE), "{'code':'g1','unit':'C1','version':2}", NULL },
    { "centre", MSG(ATTACH_GUIDE_FILE), "{'guide':'g1','name':'f','data':'aGVsbG9v','last':true}", "acknowledged" },
    { "shop1", MSG(ACKNOWLEDGE_GUIDE), "{'code':'g1','unit':'S1','version':2}", NULL },
    { "shop1", MSG(READY_GUIDE), "{'code':'g1','unit':'S1','training':true}", NULL },
    { NULL, 0, "2026-09-14", NULL }, /* the reports fall due in a week */
    SUBMIT("city1", "report:C1", "1"),
    { "city1", MSG(APPROVE_DELIVERABLE), DELIVERABLE("report:C1", "2", ""), "wrong_role" },
    { "office", MSG(RETURN_DELIVERABLE), DELIVERABLE("report:C1", "2", ",'reason':'x'"), NULL },
    { "city1", MSG(ATTACH_FILE), "{'deliverable':'q:report:C1','name':'f','revision':3,'data':'aGVsbG8=','last':true}",
      NULL },
    SUBMIT("city1", "report:C1", "4"),
    APPROVE("office", "report:C1", "5"),
    { "office", MSG(NOTE_DELIVERABLE), DELIVERABLE("report:C1", "6", ",'text':'good'"), NULL },
    { "centre", MSG(REQUEST_MATERIAL),
      "{'material':{'code':'m1','kind':'material','title_zh':'x','text':'x','unit':'CENTRE','needed_by':'2026-09-25',"
      "'design_unit':'OFFICE','ship_unit':'CENTRE','to':{'units':['S1']}}}",
      NULL },
    { "office", MSG(MOVE_MATERIAL), "{'code':'m1','revision':1}", NULL },
    { "centre", MSG(MOVE_MATERIAL), "{'code':'m1','revision':2}", NULL },
    { "shop1", MSG(CONFIRM_MATERIAL), "{'code':'m1','unit':'S1'}", NULL },
    { "centre", MSG(ISSUE_CERTIFICATE),
      "{'certificate':{'person':'shop1','product':'5g','from':'2026-09-01','until':'2027-01-01','unit':'CENTRE'}}",
      NULL },
    { NULL, 0, "2026-09-19", NULL }, /* the diagnosis falls due in a week */
    SUBMIT("office", "diagnosis:OFFICE", "1"),
    /* a programme is offered twice and agreed once */
    { "centre", MSG(APPLY_PROGRAMMES), OFFER("10"), NULL },
    { "boss", MSG(CONSENT_PROGRAMME), CONSENT("P", "1"), "waits_for" },
    { "city1", MSG(CONSENT_PROGRAMME), CONSENT("C1", "1"), NULL },
    { "centre", MSG(APPLY_PROGRAMMES), OFFER("12"), NULL },
    { "city1", MSG(CONSENT_PROGRAMME), CONSENT("C1", "3"), NULL },
    { "city2", MSG(CONSENT_PROGRAMME), CONSENT("C2", "4"), NULL },
    { "office", MSG(CONSENT_PROGRAMME), CONSENT("OFFICE", "5"), NULL },
    { "boss", MSG(CONSENT_PROGRAMME), CONSENT("P", "6"), NULL },
    { NULL, 0, "2026-09-22", NULL }, /* the second city's report and the guide are overdue */
    { "city2", MSG(ACKNOWLEDGE_GUIDE), "{'code':'g1','unit':'C2','version':2}", NULL },
    { "shop2", MSG(SUBMIT_DELIVERABLE), DELIVERABLE("shop:S2", "1", ",'text':'x'"), "stage_closed" },
    APPROVE("centre", "diagnosis:OFFICE", "2"),
    SUBMIT("city2", "report:C2", "1"),
    APPROVE("office", "report:C2", "2"), /* opens the second stage */
    SUBMIT("shop1", "shop:S1", "1"),
    SUBMIT("shop2", "shop:S2", "1"),
    SUBMIT("shop3", "shop:S3", "1"),
    APPROVE("city1", "shop:S1", "2"),
    APPROVE("city1", "shop:S2", "2"),
    APPROVE("city2", "shop:S3", "2"), /* the cycle is done */
    /* an account's target is negotiated and becomes the city's draft */
    { "city1", MSG(SAVE_WORK_PLAN), ACCOUNT, NULL },
    { "city1", MSG(OFFER_FIGURE), "{'code':'a1','revision':1,'amount':'200'}", NULL },
    { "city1", MSG(MOVE_WORK_PLAN), "{'code':'a1','act':'submit','revision':2}", NULL },
    { "office", MSG(OFFER_FIGURE), "{'code':'a1','revision':3,'amount':'200'}", NULL },
    { "office", MSG(MOVE_WORK_PLAN), "{'code':'a1','act':'approve','revision':4}", NULL },
    { "city1", MSG(FINISH_PLAN_STEP), "{'code':'a1','number':1,'result':'x'}", NULL },
    { "city1", MSG(REVISE_WORK_PLAN), "{'code':'a1','reason':'x'}", NULL },
    /* who is where changes */
    { "admin", MSG(MOVE_UNIT),
      "{'unit':'S2','parent':'C2','from':'2026-11-01','reason':'nearer','consents':['targets_unbalanced']}", NULL },
    { "admin", MSG(HAND_OVER),
      "{'person':'shop3','successor':'shop2','from':'2026-12-01','reason':'leaves','pass_roles':true}", NULL },
    { "admin", MSG(MERGE_UNITS), "{'unit':'C2','into':'C1','from':'2026-12-15','reason':'one city'}", NULL },
    { "admin", MSG(CLOSE_UNIT), "{'unit':'S1','from':'2026-12-20','reason':'closed'}", NULL },
    /* the revision that the edits made comes into force */
    { "planner", MSG(DECOMPOSE), "{" LINE ",'unit':'P','total':'95000','reason':'flood'," BY_LAST_YEAR "}", NULL },
    { "planner", MSG(DECOMPOSE), "{'period':'Q4','unit':'P','over':'periods','reason':'months'}", NULL },
    { "planner", MSG(SUBMIT_PLAN), "{'period':'Q4','consents':['zero_target','unit_closes']}", NULL },
    { "boss", MSG(APPROVE_PLAN), "{'period':'Q4'}", NULL },
    { "boss", MSG(PUBLISH_PLAN), "{'period':'Q4'}", NULL },
    { "planner", MSG(SUBMIT_PLAN), "{'period':'M10','consents':['zero_target']}", "no_draft" }, /* it went with Q4 */
    { "centre", MSG(END_PROGRAMME), "{'code':'fibre','revision':7,'reason':'sold out'}", NULL },
};

#endif
